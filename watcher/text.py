"""How texts are compared: folding for identity, words with their offsets for rules and search.

A *word* is a run of letters, digits and marks, or a single character of Hangul, Han or Kana: texts
in those scripts are searched inside their words. Each word has a *key*, by which it is compared: after NFKC,
case folding and accent stripping. Two to five capitals, or letters with dots, are an abbreviation,
and its key stays in capitals: "US" and "U.S." are US, "us" is us.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LONGEST_REMEMBERED = 60
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_ASCII_BETWEEN_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}


def fold(text: str) -> str:
    """The text after NFKC and case folding, every run of white space and punctuation one space.

    Two texts that fold alike are the same text: a fingerprint is made of this.
    """
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_BETWEEN_WORDS).split())
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"
_HAN_AND_KANA = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks, which Python's \w leaves out: accents without a composed letter, the vowels of Indian scripts, …
_MARKS = "".join(
    character
    for block in (range(0x300, 0x1D00), range(0xA800, 0xAC00))
    for character in map(chr, block)
    if unicodedata.category(character).startswith("M")
)
_SYLLABIC = _HANGUL + _HAN_AND_KANA
_LETTER = rf"[^\W\d_{_SYLLABIC}]"
_IN_WORD = rf"(?:[^\W_{_SYLLABIC}]|[{_MARKS}])"
_WORD = re.compile(
    rf"(?P<possessive>(?<=[\w.])['’ʼ`][sS](?!{_IN_WORD}))"
    rf"|(?P<dotted>(?<!{_IN_WORD})(?:{_LETTER}\.)+{_LETTER}(?!\.?{_IN_WORD})\.?)"
    rf"|(?P<plain>{_IN_WORD}+)"
    rf"|(?P<syllable>[{_SYLLABIC}])"
)
_ANY_SYLLABIC = re.compile(rf"[{_SYLLABIC}]")
_ANY_HANGUL = re.compile(rf"[{_HANGUL}]")
_SMALL = frozenset(("am", "pm", "eg", "ie"))  # 9 p.m. has dots, and is no PM
_ACCENTS = re.compile("[\u0300-\u036f]")
# A character with what composes with it under NFKC: marks, medial and final jamo, half-width voice marks.
_CLUSTER = re.compile(f".[\u1160-\u11ff\u3099\u309a\uff9e\uff9f{_MARKS}]*", re.DOTALL)
# Invisible: soft hyphen, joiners, direction marks, byte order mark, variation selectors.
_INVISIBLE = re.compile("[\u00ad\u200c-\u200f\u2060\ufeff\ufe00-\ufe0f]")


class Word(NamedTuple):
    """A word of a text: text[start:end], compared by its key; exact is the key with its case kept."""

    key: str
    exact: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order, with offsets into the text as it was given.

    A possessive 's is left out; hyphens, slashes and all other punctuation split.
    """
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _INVISIBLE.search(text)):
        for match in _WORD.finditer(text):
            key, exact = _keys(match)
            if key:
                yield Word(key, exact, match.start(), match.end())
        return
    folded, starts, ends = _normalized(text)
    for match in _WORD.finditer(folded):
        key, exact = _keys(match)
        if key:
            yield Word(key, exact, starts[match.start()], ends[match.end() - 1])


def _normalized(text: str) -> tuple[str, list[int], list[int]]:
    """The text after NFKC, and for each of its characters where it starts and ends in the original."""
    pieces, starts, ends = [], [], []
    for cluster in _CLUSTER.finditer(text):
        piece = _INVISIBLE.sub("", unicodedata.normalize("NFKC", cluster.group()))
        pieces.append(piece)
        starts += [cluster.start()] * len(piece)
        ends += [cluster.end()] * len(piece)
    return "".join(pieces), starts, ends


def _keys(match: re.Match[str]) -> tuple[str, str]:
    """Key and spelling; empty for what is no word: a possessive, an accent that stands alone."""
    if match.lastgroup == "possessive":
        return "", ""
    exact = without_accents(match.group())
    if match.lastgroup == "dotted":
        exact = exact.replace(".", "")
        if exact in _SMALL:
            return exact, exact
        return (exact.upper() if len(exact) <= 5 else exact.casefold()), exact
    return (exact if is_abbreviation(exact) else exact.casefold()), exact


def is_abbreviation(word: str) -> bool:
    """Is this two to five capital letters?"""
    return 2 <= len(word) <= 5 and word.isupper() and word.isalpha()


def without_accents(text: str) -> str:
    """é as e, ö as o; Hangul and Kana stay whole."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def is_syllabic(text: str) -> bool:
    """Does the text hold Hangul, Han or Kana?"""
    return not text.isascii() and _ANY_SYLLABIC.search(text) is not None


def is_hangul(text: str) -> bool:
    """Does the text hold Hangul?"""
    return not text.isascii() and _ANY_HANGUL.search(text) is not None


def index_terms(text: str) -> str:
    """The terms of a text for a full-text index: its folded words, separated by spaces, each at least once.

    Hangul, Han and Kana give overlapping pairs, also across spaces, so that terms of two characters
    are found there; a character that stands alone is a term as well.
    """
    if is_syllabic(text):  # a cut at a space could cut a pair of syllables
        return " ".join(_terms(list(words(text))))
    pieces = dict.fromkeys(text.split())
    is_usual = max(map(len, pieces), default=0) <= _LONGEST_REMEMBERED
    return " ".join(filter(None, map(_remembered_terms if is_usual else _terms_of_piece, pieces)))


def _terms_of_piece(piece: str) -> str:
    """The terms of a piece of text without spaces."""
    return " ".join(_terms(list(words(piece))))


_remembered_terms = lru_cache(maxsize=50_000)(_terms_of_piece)  # news repeats its words


def _terms(found: list[Word]) -> Iterator[str]:
    for place, word in enumerate(found):
        if not is_syllabic(word.key):
            yield word.key.casefold()
            continue
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if before and is_syllabic(before.key):
            yield before.key + word.key
        if (not before or before.end < word.start) and (not after or word.end < after.start):
            yield word.key

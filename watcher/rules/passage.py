"""A stretch of a dispatch's text, folded for matching; every answer is found when first asked for."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any

from watcher.rules.pieces import MARK, PARAGRAPH, Known, Pieces
from watcher.rules.sentences import ends_sentence
from watcher.text import Word, is_hangul, is_syllabic, words

_LINE_BREAK = re.compile(r"\n(?=[^\W\d_A-Z])")
_WIDE_SPACE = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u3000", " "))
_keys_of = itemgetter(0)


class Passage:
    """A text of one field, as a line of keys in which terms are found by plain string search.

    line: " kim jong un visits WPK school ": a space, then each word's key and a space. A word is
    named by its ordinal; evidence is named by offsets into `text`, which is never changed.
    memo: what a word list found here, so that rules that share a list share its search.
    """

    def __init__(self, field: str, text: str, known: Pieces, *, heading: bool = False) -> None:
        self.field = field
        self.text = text
        self.memo: dict[object, Sequence[Any]] = {}
        self._known = known
        self._heading = heading
        self._words: dict[int, list[Word]] = {}
        flat = text.replace(MARK, " ")
        if PARAGRAPH in flat:
            flat = flat.replace("\n", " ") if heading else _unwrapped(flat)
        self._spaced = flat.replace("\n", f" {MARK} ")

    @cached_property
    def pieces(self) -> list[str]:
        return self._spaced.split(" ")

    @cached_property
    def plain(self) -> str:
        """The text for regexes: with plain spaces, of the same length."""
        text = self.text.replace("\n", " ") if self._heading else self.text
        return text if text.isascii() else text.translate(_WIDE_SPACE)

    @cached_property
    def known(self) -> list[Known]:
        """What is known of each piece."""
        return list(map(self._known.__getitem__, self.pieces))

    @cached_property
    def _groups(self) -> list[str]:
        """The keys of each piece."""
        return list(map(_keys_of, self.known))

    @cached_property
    def _worded(self) -> list[str]:
        """The keys of each piece that holds a word."""
        return list(filter(None, map(_keys_of, self.known)))

    @cached_property
    def line(self) -> str:
        return f" {' '.join(self._worded)} "

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The line; and if a whole paragraph is in capitals, a second line with its words in lower case.

        In capitals, US may be the country or the word: there, terms of both kinds are found.
        """
        if not self._has_shouting:
            return (self.line,)
        quiet: list[str] = []
        for place, paragraph in enumerate(self._spaced.split(MARK)):
            quiet += [PARAGRAPH] if place else []
            quiet += self._quiet(paragraph)
        return (self.line, f" {' '.join(quiet)} ")

    def _quiet(self, paragraph: str) -> list[str]:
        keys = " ".join(self._known[piece][0] for piece in paragraph.split(" ")).split()
        shouted = _is_shouted(paragraph)
        return [key.casefold() if shouted else MARK for key in keys]

    @cached_property
    def _has_shouting(self) -> bool:
        return any(map(_is_shouted, self._spaced.split(MARK)))

    @cached_property
    def is_plain(self) -> bool:
        """Does what is known of its pieces tell all its terms?"""
        return not self._has_shouting and not self._has_syllables

    @cached_property
    def _has_syllables(self) -> bool:
        if self.text.isascii():
            return False
        return is_syllabic(" ".join([keys for keys in self._groups if not keys.isascii()]))

    @cached_property
    def terms(self) -> Set[str]:
        """What an anchor can be here: the key of each word, and each pair of neighbouring syllables."""
        is_word_each = self.line.count(" ") == len(self._worded) + 1
        found = set(self._worded if is_word_each else self.line.split())
        if self._has_shouting:
            found.update(self.lines[1].split())
        if self._has_syllables:
            found.update(_pairs(self.line.split(" ")))
        return found

    # where a word stands

    @cached_property
    def _last_ordinals(self) -> list[int]:
        return list(accumulate([keys.count(" ") + 1 if keys else 0 for keys in self._groups]))

    @cached_property
    def _piece_starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.pieces))]

    @cached_property
    def _marks(self) -> list[int]:
        """Which pieces are marks."""
        return [place for place, piece in enumerate(self.pieces) if piece == MARK]

    def _piece_of(self, ordinal: int) -> tuple[int, int]:
        """The piece that holds a word, and the word's place in it."""
        piece = bisect_right(self._last_ordinals, ordinal)
        return piece, ordinal - (self._last_ordinals[piece - 1] if piece else 0)

    def _words_of(self, piece: int) -> list[Word]:
        if piece not in self._words:
            self._words[piece] = list(words(self.pieces[piece]))
        return self._words[piece]

    def word(self, ordinal: int) -> Word:
        """The word of that ordinal, with offsets into the text. A PARAGRAPH is no word."""
        piece, place = self._piece_of(ordinal)
        # a line break is one character of the text, but " \0 " where it was cut
        start = self._piece_starts[piece] + piece - 2 * bisect_left(self._marks, piece)
        found = self._words_of(piece)[place]
        return found._replace(start=start + found.start, end=start + found.end)

    # what stands between words

    def gap(self, ordinal: int) -> str:
        """What stands between a word and the next."""
        return self.text[self.word(ordinal).end : self.word(ordinal + 1).start]

    def ends_sentence(self, ordinal: int) -> bool:
        """Does a sentence end after this word? (The next is no PARAGRAPH.)"""
        piece, _ = self._piece_of(ordinal)
        following, _ = self._piece_of(ordinal + 1)
        text = self.pieces[piece]
        if following == piece + 1 and text.isascii() and (text[-1].isalnum() or text[-1] == ","):
            return False
        word, after = self.word(ordinal), self.word(ordinal + 1)
        before = self.text[word.start : word.end]
        return ends_sentence(before, self.text[word.end : after.start], self.text[after.start : after.end])

    @cached_property
    def _breaks(self) -> list[int]:
        """The ordinals at which a paragraph ends."""
        found: list[int] = []
        before, ordinal = 0, -1
        while (place := self.line.find(PARAGRAPH, before)) >= 0:
            ordinal += self.line.count(" ", before, place)
            found.append(ordinal)
            before = place + 1
        return found

    def in_paragraph(self, first: int, last: int) -> bool:
        """Do the words from `first` to `last` stand in one paragraph?"""
        return bisect_left(self._breaks, first) == bisect_left(self._breaks, last)

    def in_sentence(self, first: int, last: int) -> bool:
        """Do the words from `first` to `last` stand in one sentence?"""
        return self.in_paragraph(first, last) and not any(map(self.ends_sentence, range(first, last)))

    def is_lone(self, ordinal: int) -> bool:
        """Is this word glued to no other?"""
        piece, place = self._piece_of(ordinal)
        found = self._words_of(piece)
        glued_before = place > 0 and found[place - 1].end == found[place].start
        glued_after = place + 1 < len(found) and found[place].end == found[place + 1].start
        return not glued_before and not glued_after

    def between(self, first: int, last: int) -> int:
        """How many words stand between two words, as NEAR counts: Hangul written together is one word."""
        if self._numbers is None:
            return last - first - 1
        return max(0, self._numbers[last] - self._numbers[first] - 1)

    @cached_property
    def _numbers(self) -> list[int] | None:
        """The number by which NEAR counts each word; None: its ordinal."""
        if not is_hangul(self.text):
            return None
        numbers: list[int] = []
        last = -1
        for place, piece in enumerate(self.pieces):
            for glued in [False] if piece == MARK else _glued(self._words_of(place)):
                last += not glued
                numbers.append(last)
        return numbers


def _unwrapped(text: str) -> str:
    """The text without line breaks inside sentences: the next line goes on in lower case.

    Every other line break ends a paragraph.
    """
    return _LINE_BREAK.sub(lambda match: _joint(match, text), text)


def _joint(match: re.Match[str], text: str) -> str:
    before, after = text[match.start() - 1 : match.start()], text[match.end()]
    goes_on = after.islower() and (before.isalnum() or before in (",", " ", "-"))
    return " " if before and goes_on else "\n"


def _is_shouted(paragraph: str) -> bool:
    """Is it in capitals because everything is, and not for being an abbreviation?"""
    if not paragraph.isupper():
        return False
    shouted = [piece for piece in paragraph.split() if piece.isupper()]
    return len(shouted) >= 4 or len(max(shouted, key=len)) >= 6


def _pairs(keys: list[str]) -> Iterator[str]:
    return (first + second for first, second in pairwise(keys) if is_syllabic(first) and is_syllabic(second))


def _glued(found: list[Word]) -> list[bool]:
    """For each word of a piece: does it count as one with the word before, as Hangul does?"""
    pairs = zip([None, *found], found, strict=False)
    return [before is not None and _count_as_one(before, word) for before, word in pairs]


def _count_as_one(first: Word, second: Word) -> bool:
    touching = first.end == second.start
    return touching and is_hangul(first.key + second.key) and not _is_han_or_kana(first, second)


def _is_han_or_kana(*found: Word) -> bool:
    return any(is_syllabic(word.key) and not is_hangul(word.key) for word in found)

"""The expression language once more, slow and plain, to hold the fast one against.

An expression is a tree of tuples, which `written` spells and `holds` judges on a headline and a body by
trying every place. It shares with watcher only what has tests of its own: words and sentence ends.

    ("phrase", *parts)  ("list", name)  ("regex", pattern)  ("times", n, part)  ("least", n, name)
    ("or", *parts)  ("and", *parts)  ("not", left, *others)  ("near", operator, reach, left, right)

A part of a phrase is written as it stands: coal, plenum*, =WPK, "IN AND OUT".
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from watcher.rules.sentences import ends_sentence
from watcher.text import Word, is_abbreviation, is_hangul, is_syllabic, words

Tree = tuple[Any, ...]
ListsOfTerms = Mapping[str, Mapping[str, Sequence[Tree]]]


class Paragraph(NamedTuple):
    text: str
    words: tuple[Word, ...]


class Place(NamedTuple):
    """Words [first, last) of a paragraph."""

    paragraph: int
    first: int
    last: int


def written(tree: Tree, *, inside: bool = False) -> str:
    kind, *parts = tree
    if kind == "phrase":
        return " ".join(parts)
    if kind == "list":
        return f"${parts[0]}"
    if kind == "regex":
        return f"/{parts[0]}/"
    if kind == "least":
        return f"AT LEAST {parts[0]} OF ${parts[1]}"
    if kind == "times":
        return f"{parts[0]}x {written(parts[1], inside=True)}"
    if kind == "near":
        operator, reach, left, right = parts
        text = f"{written(left, inside=True)} {operator}/{reach} {written(right, inside=True)}"
    else:
        text = f" {kind.upper()} ".join(written(part, inside=True) for part in parts)
    return f"({text})" if inside else text


def paragraphs(headline: str, body: str) -> list[Paragraph]:
    """The headline is one; in the body a line that goes on in lower case belongs to the one before."""
    cut: list[str] = []
    for line in body.split("\n"):
        joins = cut and line[:1].islower() and (cut[-1][-1:].isalnum() or cut[-1][-1:] in (",", " ", "-"))
        if joins and cut[-1]:
            cut[-1] += " " + line
        else:
            cut.append(line)
    return [Paragraph(text, tuple(words(text))) for text in (headline.replace("\n", " "), *cut)]


def holds(tree: Tree, headline: str, body: str, lists: ListsOfTerms) -> bool:
    return _Judge(headline, body, lists).holds(tree)


def places(tree: Tree, headline: str, body: str, lists: ListsOfTerms) -> set[Place]:
    return _Judge(headline, body, lists).places(tree)


def vocabulary(headline: str, body: str) -> set[str]:
    """Every word and every pair of neighbouring syllables; in capitals also as small letters."""
    found: set[str] = set()
    for paragraph in paragraphs(headline, body):
        keys = [word.key for word in paragraph.words]
        found.update(keys)
        found.update(a + b for a, b in pairwise(keys) if is_syllabic(a) and is_syllabic(b))
        if is_shouted(paragraph.text):
            found.update(key.casefold() for key in keys)
    return found


def occurs(anchor: str, vocabulary: set[str]) -> bool:
    if anchor.endswith("*"):
        return any(word.startswith(anchor[:-1]) for word in vocabulary)
    return anchor in vocabulary


def is_shouted(text: str) -> bool:
    shouted = [piece for piece in text.split() if piece.isupper()]
    return text.isupper() and (len(shouted) >= 4 or any(len(piece) >= 6 for piece in shouted))


class _Judge:
    def __init__(self, headline: str, body: str, lists: ListsOfTerms) -> None:
        self.fields = (headline.replace("\n", " "), body)
        self.paragraphs = paragraphs(headline, body)
        self.lists = lists

    def holds(self, tree: Tree) -> bool:
        kind, *parts = tree
        match kind:
            case "regex":
                fields = (field.replace("\u00a0", " ") for field in self.fields)
                found = any(re.search(parts[0], field, re.IGNORECASE | re.ASCII) for field in fields)
            case "or":
                found = any(map(self.holds, parts))
            case "and":
                found = all(map(self.holds, parts))
            case "not":
                found = self.holds(parts[0]) and not any(map(self.holds, parts[1:]))
            case "near":
                found = self.near(*parts)
            case "times":
                found = self.mentions(parts[1]) >= parts[0]
            case "least":
                found = (
                    sum(any(map(self.holds, terms)) for terms in self.lists[parts[1]].values()) >= parts[0]
                )
            case _:
                found = bool(self.places(tree))
        return found

    def places(self, tree: Tree) -> set[Place]:
        kind, *parts = tree
        if kind == "or":
            return {place for part in parts for place in self.places(part)}
        if kind == "list":
            terms = (term for terms in self.lists[parts[0]].values() for term in terms)
            return {place for term in terms for place in self.places(term)}
        wanted = [atom for part in parts for atom in _atoms(part)]
        return {
            Place(number, first, first + len(wanted))
            for number, paragraph in enumerate(self.paragraphs)
            for first in range(len(paragraph.words) - len(wanted) + 1)
            if _stands(wanted, paragraph, first)
        }

    def near(self, operator: str, reach: int | str, left: Tree, right: Tree) -> bool:
        pairs = [(a, b) for a in self.places(left) for b in self.places(right)]
        if operator == "NEAR":
            pairs += [(b, a) for a, b in pairs]
        return any(
            self.reaches(a, b, reach) for a, b in pairs if a.paragraph == b.paragraph and a.last <= b.first
        )

    def reaches(self, first: Place, second: Place, reach: int | str) -> bool:
        paragraph = self.paragraphs[first.paragraph]
        if reach == "P":
            return True
        if reach == "S":
            return not any(_sentence_ends(paragraph, place) for place in range(first.last - 1, second.first))
        counted = _counted(paragraph)
        return len(
            set(counted[first.last : second.first]) - {counted[first.last - 1], counted[second.first]}
        ) <= int(reach)

    def mentions(self, tree: Tree) -> int:
        """The most places of which none overlaps another."""
        found = sorted(self.places(tree))

        @cache
        def most(start: int) -> int:
            if start == len(found):
                return 0
            here = found[start]
            later = next(
                (
                    nth
                    for nth in range(start, len(found))
                    if found[nth].paragraph > here.paragraph or found[nth].first >= here.last
                ),
                len(found),
            )
            return max(most(start + 1), 1 + most(later))

        return most(0)


class _Wanted(NamedTuple):
    word: Word
    star: bool
    exact: bool
    glued: bool
    any_case: bool


def _atoms(part: str) -> list[_Wanted]:
    exact = part.startswith("=")
    part = part.removeprefix("=")
    quoted = part.startswith('"')
    part = part.strip('"')
    any_case = (
        quoted and not exact and any(word in part.split() for word in ("AND", "OR", "NOT", "OF", "NEAR"))
    )
    found: list[_Wanted] = []
    for piece in part.split():
        spelled = list(words(piece.removesuffix("*")))
        for place, word in enumerate(spelled):
            star = piece.endswith("*") and place == len(spelled) - 1
            glued = place > 0 and spelled[place - 1].end == word.start
            found.append(_Wanted(word, star, exact, glued, any_case))
    return found


def _stands(wanted: Sequence[_Wanted], paragraph: Paragraph, first: int) -> bool:
    if len(wanted) == 1 and is_syllabic(wanted[0].word.key) and not _stands_alone(paragraph, first):
        return False
    for place, atom in enumerate(wanted, first):
        if not _is(atom, paragraph.words[place], is_shouted(paragraph.text)):
            return False
        if place > first and atom.glued:
            before, here = paragraph.words[place - 1 : place + 1]
            if paragraph.text[before.end : here.start].strip():
                return False
        elif place > first and _sentence_ends(paragraph, place - 1):
            return False
    return True


def _is(atom: _Wanted, word: Word, shouted: bool) -> bool:
    key, wanted = word.key, atom.word.key
    capitals = atom.star and is_abbreviation(wanted) and not atom.any_case
    if capitals or atom.exact:
        return (
            word.exact.startswith(atom.word.exact)
            if atom.star
            else word.exact == atom.word.exact and key == wanted
        )
    if shouted or atom.any_case:
        small, wanted_small = key.casefold(), wanted.casefold()
        if small.startswith(wanted_small) if atom.star else small == wanted_small:
            return shouted or key in (wanted, wanted_small) or atom.star
    return key.startswith(wanted) if atom.star else key == wanted


def _stands_alone(paragraph: Paragraph, place: int) -> bool:
    here = paragraph.words[place]
    return all(here.start != word.end and here.end != word.start for word in paragraph.words)


def _sentence_ends(paragraph: Paragraph, place: int) -> bool:
    before, after = paragraph.words[place : place + 2]
    text = paragraph.text
    return ends_sentence(
        text[before.start : before.end], text[before.end : after.start], text[after.start : after.end]
    )


def _counted(paragraph: Paragraph) -> list[int]:
    """For each word the number of what NEAR counts: Hangul written together is one."""
    numbers: list[int] = []
    before: Word | None = None
    for word in paragraph.words:
        together = (
            before is not None
            and before.end == word.start
            and is_hangul(before.key + word.key)
            and all(is_hangul(each.key) or not is_syllabic(each.key) for each in (before, word))
        )
        numbers.append(len(numbers) if not together else numbers[-1])
        before = word
    return numbers

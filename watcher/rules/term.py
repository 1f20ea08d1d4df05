"""Terms: a word or a phrase, and the places where it stands in a passage."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.model import Evidence
from watcher.rules.passage import Passage
from watcher.text import is_syllabic

Field = Sequence[Passage]
Anchors = frozenset[str]
Weigh = Callable[[str], float]


class Hit(NamedTuple):
    """Words that stand in a passage: ordinals [first, last), characters of its line [start, end)."""

    passage: Passage
    start: int
    end: int
    first: int
    last: int
    concept: str = ""

    def evidence(self) -> Evidence:
        start = self.passage.word(self.first).start
        end = self.passage.word(self.last - 1).end
        return Evidence(self.passage.field, self.passage.text[start:end], start, end, self.concept)


class Atom(NamedTuple):
    """One word of a term.

    star: any ending; exact: the spelling it must have, or ""; tight: nothing but white space may
    stand between it and the word before.
    """

    key: str
    star: bool = False
    exact: str = ""
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another within a sentence.

    folded: find it in any case too, though its words are in capitals ("IN AND OUT", "NUCLEAR*").
    """

    atoms: tuple[Atom, ...]
    folded: bool = False
    _needles: tuple["_Needle", ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = [[atom.key for atom in self.atoms]]
        if self.folded:
            keys.append([atom.key.casefold() for atom in self.atoms])
        stars = [atom.star for atom in self.atoms]
        object.__setattr__(self, "_needles", tuple(_Needle(row, stars) for row in keys))

    def hits(self, passage: Passage) -> Iterator[Hit]:
        """Every place of the passage where the term stands, in order."""
        if len(self._needles) == 1 and len(passage.lines) == 1:
            return self._hits(passage, passage.line, self._needles[0])
        return iter(sorted(self._all_hits(passage), key=_place))

    def _all_hits(self, passage: Passage) -> set[Hit]:
        lines = ((line, needle) for line in passage.lines for needle in self._needles)
        found = {hit for line, needle in lines for hit in self._hits(passage, line, needle)}
        if len(passage.lines) > 1:
            quiet = _Needle([atom.key.casefold() for atom in self.atoms], [atom.star for atom in self.atoms])
            found.update(self._hits(passage, passage.lines[1], quiet))
        # the same words may be found in two lines of different lengths
        return set({(hit.first, hit.last): hit for hit in found}.values())

    def _hits(self, passage: Passage, line: str, needle: "_Needle") -> Iterator[Hit]:
        size = len(self.atoms)
        for start, end in needle.spans(line):
            first = line.count(" ", 0, start)
            if self._stands(passage, first):
                yield Hit(passage, start, end, first, first + size)

    def _stands(self, passage: Passage, first: int) -> bool:
        """Do the laws hold that the line cannot tell: sentences, glue, exact case?"""
        if len(self.atoms) == 1 and not self.atoms[0].exact:
            return not is_syllabic(self.atoms[0].key) or passage.is_lone(first)
        return all(self._fits(passage, place, first + place) for place in range(len(self.atoms)))

    def _fits(self, passage: Passage, place: int, ordinal: int) -> bool:
        atom = self.atoms[place]
        if place and atom.tight and passage.gap(ordinal - 1).strip():
            return False
        if place and not atom.tight and passage.ends_sentence(ordinal - 1):
            return False
        return not atom.exact or _is_exact(passage.word(ordinal).exact, atom)

    def holds(self, passages: Field) -> list[Hit] | None:
        for passage in passages:
            for hit in self.hits(passage):
                return [hit]
        return None

    def anchors(self, weigh: Weigh) -> Anchors:
        """One word of the term, the rarest; of each spelling, if there are two."""
        spellings = [_anchorable(self.atoms)]
        if self.folded:
            spellings.append([anchor.casefold() for anchor in spellings[0]])
        return frozenset(min(anchors, key=weigh) for anchors in spellings)


def _place(hit: Hit) -> tuple[int, int]:
    return hit.first, hit.last


def _is_exact(written: str, atom: Atom) -> bool:
    return written.startswith(atom.exact) if atom.star else written == atom.exact


def _anchorable(atoms: Iterable[Atom]) -> list[str]:
    """What to look a term up by: words, beginnings ("plenum*"), pairs of syllables."""
    found: list[str] = []
    before = ""
    for atom in atoms:
        syllabic = is_syllabic(atom.key)
        if not syllabic:
            found.append(atom.key + "*" if atom.star else atom.key)
        elif before:
            found.append(before + atom.key)
        before = atom.key if syllabic else ""
    return found or [before]


class _Needle:
    """Keys as they stand in a passage's line."""

    def __init__(self, keys: list[str], stars: list[bool]) -> None:
        self._text = f" {' '.join(keys)}"
        self._regex: re.Pattern[str] | None = None
        if any(stars[:-1]):
            parts = (
                re.escape(key) + ("[^ ]*" if star else "") for key, star in zip(keys, stars, strict=True)
            )
            self._regex = re.compile(f"(?= ({' '.join(parts)}) )")
        elif not stars[-1]:
            self._text += " "

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Where the keys stand: from the space before the first to the end of the last."""
        if self._regex:
            for match in self._regex.finditer(line):
                yield match.start(), match.end(1)
            return
        start = line.find(self._text)
        while start >= 0:
            yield start, line.index(" ", start + len(self._text) - 1)
            start = line.find(self._text, start + 1)

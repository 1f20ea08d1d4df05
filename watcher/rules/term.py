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
Weigh = Callable[[str], float]  # how common an anchor is: the rarest is looked up


class Hit(NamedTuple):
    """Words that stand in a passage: ordinals [first, last), or what a regex found: text[span]."""

    passage: Passage
    first: int
    last: int
    concept: str = ""
    span: tuple[int, int] | None = None

    def evidence(self) -> Evidence:
        start, end = self.span or (self.passage.word(self.first).start, self.passage.word(self.last - 1).end)
        return Evidence(self.passage.field, self.passage.text[start:end], start, end, self.concept)


class Atom(NamedTuple):
    """One word of a term.

    star: any ending; exact: the spelling it must have, or ""; tight: nothing but white space may
    stand between it and the word before; folded: found in any case, though its key is in capitals.
    """

    key: str
    star: bool = False
    exact: str = ""
    tight: bool = False
    folded: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        folded = self.key.casefold()
        return (self.key, folded) if self.folded and folded != self.key else (self.key,)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another within a sentence."""

    atoms: tuple[Atom, ...]
    _needle: "_Needle" = field(init=False, repr=False, compare=False)
    _quiet: "_Needle" = field(init=False, repr=False, compare=False)  # for passages in capitals
    _is_syllable: bool = field(init=False, repr=False, compare=False)
    _is_told_by_line: bool = field(init=False, repr=False, compare=False)  # one word, however it is spelt

    def __post_init__(self) -> None:
        quiet = [atom._replace(key=atom.key.casefold()) for atom in self.atoms]
        object.__setattr__(self, "_needle", _Needle(self.atoms))
        object.__setattr__(self, "_quiet", _Needle(quiet))
        alone = len(self.atoms) == 1
        is_syllable = alone and is_syllabic(self.atoms[0].key)
        object.__setattr__(self, "_is_syllable", is_syllable)
        object.__setattr__(self, "_is_told_by_line", alone and not is_syllable and not self.atoms[0].exact)

    def hits(self, passage: Passage) -> Sequence[Hit]:
        """Every place of the passage where the term stands, in order."""
        lines = passage.lines
        if len(lines) == 1:
            if self._needle.may_stand(passage):
                return [*self._hits(passage, lines[0], self._needle)]
            return ()
        # the same words may be found in both lines
        found = {*self._hits(passage, lines[0], self._needle), *self._hits(passage, lines[1], self._quiet)}
        return sorted(found, key=place)

    def _hits(self, passage: Passage, line: str, needle: "_Needle") -> Iterator[Hit]:
        first = before = 0
        for start in needle.starts(line):
            first += line.count(" ", before, start)
            before = start
            if self._is_told_by_line or self._stands(passage, first):
                yield Hit(passage, first, first + len(self.atoms))

    def _stands(self, passage: Passage, first: int) -> bool:
        """Do the laws hold that the line cannot tell: sentences, glue, exact case?"""
        if self._is_syllable and not passage.is_lone(first):
            return False
        for nth, atom in enumerate(self.atoms):  # noqa: SIM110 - all() takes twice the time
            if not _fits(passage, atom, first + nth, nth):
                return False
        return True

    def holds(self, field: Field) -> list[Hit] | None:
        for passage in field:
            if len(passage.lines) > 1:
                if hits := self.hits(passage):
                    return [*hits[:1]]
            elif self._needle.may_stand(passage):
                for hit in self._hits(passage, passage.line, self._needle):
                    return [hit]
        return None

    def anchors(self, weigh: Weigh) -> Anchors:
        """One word of the term, the rarest, in each of its spellings."""
        return frozenset(min(_anchorable(self.atoms), key=lambda keys: sum(map(weigh, keys))))


def in_order(hits: Iterable[Hit]) -> Sequence[Hit]:
    """The hits as they are read."""
    found = [*hits]
    if len(found) > 1:
        found.sort(key=place)
    return found


def place(hit: Hit) -> tuple[int, int]:
    """Sorts hits as they are read, and of those that begin together the longest first: it tells most."""
    return hit.first, -hit.last


def _fits(passage: Passage, atom: Atom, ordinal: int, nth: int) -> bool:
    if nth and atom.tight and passage.gap(ordinal - 1).strip():
        return False
    if nth and not atom.tight and passage.ends_sentence(ordinal - 1):
        return False
    return not atom.exact or _is_exact(passage.word(ordinal).exact, atom)


def _is_exact(written: str, atom: Atom) -> bool:
    return written.startswith(atom.exact) if atom.star else written == atom.exact


def _anchorable(atoms: Sequence[Atom]) -> list[tuple[str, ...]]:
    """What to look a term up by: words, beginnings ("plenum*"), pairs of syllables."""
    found: list[tuple[str, ...]] = []
    before = ""
    for atom in atoms:
        syllabic = is_syllabic(atom.key)
        if not syllabic:
            found.append(tuple(key + "*" if atom.star else key for key in atom.keys))
        elif before:
            found.append((before + atom.key,))
        before = atom.key if syllabic else ""
    return found or [(before,)]


class _Needle:
    """Keys as they stand in a passage's line."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self._text = " " + " ".join(atom.key for atom in atoms)
        whole = [atom.key for atom in atoms if not atom.star and len(atom.keys) == 1]
        self._word = max(whole, key=len, default="")
        self._regex: re.Pattern[str] | None = None
        if any(atom.star for atom in atoms[:-1]) or any(len(atom.keys) > 1 for atom in atoms):
            self._regex = re.compile(f"(?= {' '.join(map(_pattern, atoms))} )")
        elif not atoms[-1].star:
            self._text += " "

    def may_stand(self, passage: Passage) -> bool:
        """False: the keys stand nowhere in a passage of one line."""
        if self._word:  # quicker than to search the line
            return self._word in passage.terms
        return self._regex is not None or self._text in passage.line

    def starts(self, line: str) -> Iterator[int]:
        """Where the keys stand: the space before the first."""
        if self._regex:
            yield from (match.start() for match in self._regex.finditer(line))
            return
        start = line.find(self._text)
        while start >= 0:
            yield start
            start = line.find(self._text, start + 1)


def _pattern(atom: Atom) -> str:
    return f"(?:{'|'.join(map(re.escape, atom.keys))}){'[^ ]*' if atom.star else ''}"

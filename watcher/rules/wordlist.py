"""Named lists of concepts, compiled once and shared by every rule that uses them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from watcher.rules.nodes import AnyPlaced, Placed, either
from watcher.rules.passage import Passage
from watcher.rules.term import Anchors, Field, Hit, Term, Weigh, in_order


@dataclass(frozen=True)
class Concept:
    """One thing of a list, and the terms by which it is named."""

    name: str
    terms: tuple[Placed, ...]


@dataclass(frozen=True, eq=False)
class WordList:
    """The concepts of rules/lists/NAME.yaml."""

    name: str
    concepts: tuple[Concept, ...]

    def hits(self, passage: Passage) -> Sequence[Hit]:
        """Every place where a concept is named, in order; searched once in a passage."""
        found = passage.memo.get(self)
        if found is None:
            found = passage.memo[self] = in_order(self._search(passage))
        return found

    def _search(self, passage: Passage) -> Iterator[Hit]:
        words, beginnings = self._index
        named = [words[key] for key in words.keys() & passage.terms]
        named += [
            terms for start, terms in beginnings.items() if any(start in line for line in passage.lines)
        ]
        for concept, term in dict.fromkeys(chain.from_iterable(named)):
            yield from (hit._replace(concept=concept) for hit in term.hits(passage))

    @cached_property
    def _index(self) -> tuple["_Index", "_Index"]:
        """The terms by a word that each must have, and by a beginning as it stands in a line."""
        words: _Index = defaultdict(list)
        beginnings: _Index = defaultdict(list)
        for concept in self.concepts:
            for term in chain.from_iterable(map(_alternatives, concept.terms)):
                for anchor in term.anchors(_prefer_long_words):
                    if anchor.endswith("*"):
                        beginnings[f" {anchor[:-1]}"].append((concept.name, term))
                    else:
                        words[anchor].append((concept.name, term))
        return dict(words), dict(beginnings)

    def holds(self, field: Field) -> list[Hit] | None:
        return next(([*hits[:1]] for passage in field if (hits := self.hits(passage))), None)

    def anchors(self, weigh: Weigh) -> Anchors:
        return either(term.anchors(weigh) for concept in self.concepts for term in concept.terms)


_Index = dict[str, list[tuple[str, Term]]]


def _alternatives(term: Placed) -> Iterable[Term]:
    if isinstance(term, Term):
        return (term,)
    assert isinstance(term, AnyPlaced)
    return chain.from_iterable(map(_alternatives, term.parts))


def _prefer_long_words(anchor: str) -> float:
    return (0 if anchor.endswith("*") else -100) - len(anchor)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many different concepts of a list in the field; its evidence names every one that is there."""

    least: int
    words: WordList

    def holds(self, field: Field) -> list[Hit] | None:
        found: dict[str, Hit] = {}
        for hit in chain.from_iterable(map(self.words.hits, field)):
            found.setdefault(hit.concept, hit)
        return [*found.values()] if len(found) >= self.least else None

    def anchors(self, weigh: Weigh) -> Anchors:
        return self.words.anchors(weigh)

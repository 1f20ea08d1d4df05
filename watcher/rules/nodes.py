"""What an expression is made of: each node says whether it holds, and by which words it can be looked up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from watcher.rules.passage import Passage
from watcher.rules.term import Anchors, Field, Hit, Weigh, in_order


class Expression(Protocol):
    """A condition on one field of a dispatch."""

    def holds(self, field: Field) -> list[Hit] | None:
        """The words that make it true, as few as do; None if it is false."""

    def anchors(self, weigh: Weigh) -> Anchors:
        """Words of which at least one stands in every text that makes it true; empty: cannot tell."""


class Placed(Expression, Protocol):
    """An expression that stands at places: a term, a list, or an OR of those."""

    def hits(self, passage: Passage) -> Sequence[Hit]:
        """Every place of the passage where it stands, in order."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """AND."""

    parts: tuple[Expression, ...]

    def holds(self, field: Field) -> list[Hit] | None:
        found: list[Hit] = []
        for part in self.parts:
            hits = part.holds(field)
            if hits is None:
                return None
            found += hits
        return found

    def anchors(self, weigh: Weigh) -> Anchors:
        return rarest((part.anchors(weigh) for part in self.parts), weigh)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR."""

    parts: tuple[Expression, ...]

    def holds(self, field: Field) -> list[Hit] | None:
        for part in self.parts:
            hits = part.holds(field)
            if hits is not None:
                return hits
        return None

    def anchors(self, weigh: Weigh) -> Anchors:
        return either(part.anchors(weigh) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyPlaced(AnyOf):
    """OR of things that stand at places."""

    parts: tuple[Placed, ...]

    def hits(self, passage: Passage) -> Sequence[Hit]:
        return in_order(chain.from_iterable([part.hits(passage) for part in self.parts]))


@dataclass(frozen=True, slots=True)
class ButNot:
    """NOT: the left side, and in the same field none of the others."""

    left: Expression
    others: tuple[Expression, ...]

    def holds(self, field: Field) -> list[Hit] | None:
        hits = self.left.holds(field)
        if hits is None or any(other.holds(field) is not None for other in self.others):
            return None
        return hits

    def anchors(self, weigh: Weigh) -> Anchors:
        return self.left.anchors(weigh)


@dataclass(frozen=True, slots=True)
class Times:
    """At least so many mentions in the field, none overlapping another."""

    times: int
    what: Placed

    def holds(self, field: Field) -> list[Hit] | None:
        found: list[Hit] = []
        for passage in field:
            end = 0
            for hit in sorted(self.what.hits(passage), key=lambda hit: hit.last):
                if hit.first >= end:
                    end = hit.last
                    found.append(hit)
                    if len(found) == self.times:
                        return found
        return None

    def anchors(self, weigh: Weigh) -> Anchors:
        return self.what.anchors(weigh)


def rarest(choices: Iterable[Anchors], weigh: Weigh) -> Anchors:
    """Of several sets of anchors that would each do, the one found in the fewest texts."""
    return min(filter(None, choices), key=lambda anchors: sum(map(weigh, anchors)), default=frozenset())


def either(choices: Iterable[Anchors]) -> Anchors:
    """The anchors of things of which any may hold; none if one of them cannot tell."""
    found: set[str] = set()
    for anchors in choices:
        if not anchors:
            return frozenset()
        found |= anchors
    return frozenset(found)

"""What a rule asks of a dispatch: expressions on fields, joined by all, any and none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from watcher.rules.expression import Expression
from watcher.rules.reading import Reading
from watcher.rules.term import Hit
from watcher.rules.weight import weigh_in

_MOST_NEEDS = 4
_USED = 1e9


class Anchor(NamedTuple):
    """A term that has to stand in a field for a rule to hold."""

    field: str
    term: str


Anchors = frozenset[Anchor]  # at least one of these; none: cannot tell
Weigh = Callable[[Anchor], float]  # how common an anchor is
UNKNOWN: Anchors = frozenset()


class Clause(Protocol):
    """A part of a condition."""

    def anchors(self, weigh: Weigh) -> Anchors:
        """Terms of which at least one stands in every dispatch that makes it true: the rarest there are."""
        ...

    def holds(self, reading: Reading) -> list[Hit] | None:
        """The words that make it true, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Expect:
    """Any of these expressions holds in the field."""

    field: str
    expressions: tuple[Expression, ...]

    def anchors(self, weigh: Weigh) -> Anchors:
        found = [
            expression.anchors(lambda term: weigh(Anchor(self.field, term)))
            for expression in self.expressions
        ]
        return (
            frozenset(Anchor(self.field, term) for each in found for term in each) if all(found) else UNKNOWN
        )

    def holds(self, reading: Reading) -> list[Hit] | None:
        passages = reading.field(self.field)
        for expression in self.expressions:
            hits = expression.holds(passages)
            if hits is not None:
                return hits
        return None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every clause holds."""

    clauses: tuple[Clause, ...]

    def anchors(self, weigh: Weigh) -> Anchors:
        known = [anchors for clause in self.clauses if (anchors := clause.anchors(weigh))]
        return min(known, key=lambda anchors: sum(map(weigh, anchors)), default=UNKNOWN)

    def holds(self, reading: Reading) -> list[Hit] | None:
        found: list[Hit] = []
        for clause in self.clauses:
            hits = clause.holds(reading)
            if hits is None:
                return None
            found += hits
        return found


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one clause holds."""

    clauses: tuple[Clause, ...]

    def anchors(self, weigh: Weigh) -> Anchors:
        found = [clause.anchors(weigh) for clause in self.clauses]
        return frozenset[Anchor]().union(*found) if all(found) else UNKNOWN

    def holds(self, reading: Reading) -> list[Hit] | None:
        return next((hits for clause in self.clauses if (hits := clause.holds(reading)) is not None), None)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No clause holds."""

    clauses: tuple[Clause, ...]

    def anchors(self, weigh: Weigh) -> Anchors:
        return UNKNOWN

    def holds(self, reading: Reading) -> list[Hit] | None:
        return None if any(clause.holds(reading) is not None for clause in self.clauses) else []


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule's `when` and `unless`.

    needs: several sets of anchors, each of which must be met; by the first, the rarest, it is looked up.
    """

    when: Clause
    unless: Clause | None = None
    needs: tuple[Anchors, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", _needs(self.when))

    def holds(self, reading: Reading) -> list[Hit] | None:
        hits = self.when.holds(reading)
        return None if hits is None or self.vetoed(reading) is not None else hits

    def vetoed(self, reading: Reading) -> list[Hit] | None:
        """The words that make `unless` true, or None."""
        return self.unless.holds(reading) if self.unless else None


def _needs(when: Clause) -> tuple[Anchors, ...]:
    """The sets of anchors that a clause gives when those it gave before are made dear, until one returns."""
    found: list[Anchors] = []
    used: set[Anchor] = set()

    def weigh(anchor: Anchor) -> float:
        return weigh_in(*anchor) + _USED * (anchor in used)

    while len(found) < _MOST_NEEDS:
        anchors = when.anchors(weigh)
        if not anchors or anchors in found:
            break
        found.append(anchors)
        used |= anchors
    return tuple(found)


def joined(clauses: Sequence[Clause], kind: type[AllOf] | type[AnyOf]) -> Clause:
    """The clauses as one."""
    return clauses[0] if len(clauses) == 1 else kind(tuple(clauses))

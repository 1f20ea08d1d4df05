"""What a rule asks of a dispatch: expressions on fields, joined by all, any and none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from watcher.rules.expression import Expression
from watcher.rules.reading import Reading
from watcher.rules.term import Hit
from watcher.rules.weight import weigh, weigh_in


class Anchor(NamedTuple):
    """A term that has to stand in a field for a rule to hold."""

    field: str
    term: str


Anchors = frozenset[Anchor]  # at least one of these; none: cannot tell
UNKNOWN: Anchors = frozenset()


class Clause(Protocol):
    """A part of a condition."""

    @property
    def anchors(self) -> Anchors: ...

    def holds(self, reading: Reading) -> list[Hit] | None:
        """The words that make it true, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Expect:
    """Any of these expressions holds in the field."""

    field: str
    expressions: tuple[Expression, ...]

    @property
    def anchors(self) -> Anchors:
        found = [expression.anchors(weigh) for expression in self.expressions]
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

    @property
    def anchors(self) -> Anchors:
        known = [anchors for anchors in (clause.anchors for clause in self.clauses) if anchors]
        return min(known, key=cost, default=UNKNOWN)

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

    @property
    def anchors(self) -> Anchors:
        found = [clause.anchors for clause in self.clauses]
        return frozenset[Anchor]().union(*found) if all(found) else UNKNOWN

    def holds(self, reading: Reading) -> list[Hit] | None:
        return next((hits for clause in self.clauses if (hits := clause.holds(reading)) is not None), None)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No clause holds."""

    clauses: tuple[Clause, ...]
    anchors: Anchors = UNKNOWN

    def holds(self, reading: Reading) -> list[Hit] | None:
        return None if any(clause.holds(reading) is not None for clause in self.clauses) else []


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule's `when` and `unless`."""

    when: Clause
    unless: Clause | None = None
    anchors: Anchors = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", self.when.anchors)

    def holds(self, reading: Reading) -> list[Hit] | None:
        hits = self.when.holds(reading)
        return None if hits is None or self.vetoed(reading) is not None else hits

    def vetoed(self, reading: Reading) -> list[Hit] | None:
        """The words that make `unless` true, or None."""
        return self.unless.holds(reading) if self.unless else None


def cost(anchors: Anchors) -> float:
    """How often one of the anchors is to be expected, by guess."""
    return sum(weigh_in(anchor.field, anchor.term) for anchor in anchors)


def joined(clauses: Sequence[Clause], kind: type[AllOf] | type[AnyOf]) -> Clause:
    """The clauses as one."""
    return clauses[0] if len(clauses) == 1 else kind(tuple(clauses))

"""Reads `when` and `unless`: fields with their expressions, nested by all, any and none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from watcher.located import Entries, Table, Text, Value
from watcher.rules.condition import AllOf, AnyOf, Clause, Expect, NoneOf, joined
from watcher.rules.reading import FIELDS
from watcher.rules.suggest import unknown
from watcher.rules.written import Notes


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Turns located YAML into clauses; what is wrong goes to the notes, and that part is left out."""

    notes: Notes

    def when(self, value: Value) -> Clause | None:
        """Every key must hold."""
        return self._table(value, "when", AllOf)

    def unless(self, value: Value) -> Clause | None:
        """Any key vetoes."""
        return self._table(value, "unless", AnyOf)

    def _table(self, value: Value, key: str, kind: type[AllOf] | type[AnyOf]) -> Clause | None:
        if isinstance(value, Text) and value.broken:
            return None
        if not isinstance(value, Table) or not value.pairs:
            self.notes.error(value, f'"{key}" needs a field below it, like "  headline: plenary meeting"')
            return None
        clauses = [clause for name, inner in value.pairs if (clause := self._clause(name, inner))]
        return joined(clauses, kind) if clauses else None

    def _clause(self, name: Text, value: Value) -> Clause | None:
        if name.value in FIELDS:
            return self._field(name.value, value)
        if name.value in NESTING:
            return self._nested(name, value)
        self.notes.error(name, unknown("field", name.value, [*FIELDS, *NESTING]))
        return None

    def _field(self, name: str, value: Value) -> Clause | None:
        found = [self.notes.expression(each) for each in self.notes.texts(value, "an expression")]
        expressions = tuple(expression for expression in found if expression is not None)
        return Expect(name, expressions) if expressions else None

    def _nested(self, name: Text, value: Value) -> Clause | None:
        if not isinstance(value, Entries) or not value.values:
            self.notes.error(
                value, f'"{name.value}" needs a list below it, like "- headline: plenary meeting"'
            )
            return None
        found = (self._table(each, name.value, AllOf) for each in value.values)
        clauses = [clause for clause in found if clause]
        return NESTING[name.value](clauses) if clauses else None


def _none_of(clauses: Iterable[Clause]) -> Clause:
    return NoneOf(tuple(clauses))


NESTING: Mapping[str, Callable[[list[Clause]], Clause]] = {
    "all": lambda clauses: joined(clauses, AllOf),
    "any": lambda clauses: joined(clauses, AnyOf),
    "none": _none_of,
}

"""Many values at once: rows of many ids, and a statement run for many rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from watcher.store.engine import Transaction

_AT_ONCE = 500


def among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition of a statement for `rows_among`: the column has one of the values."""
    return column.in_(sa.bindparam("among", expanding=True))


def rows_among(tx: Transaction, statement: sa.Executable, values: Iterable[object]) -> Iterator[sa.Row[Any]]:
    """The rows of a statement for all the values.

    A statement of any database takes only so many values; it is given a bounded number of them at a time.
    """
    listed = list(values)
    for start in range(0, len(listed), _AT_ONCE):
        yield from tx.execute(statement, {"among": listed[start : start + _AT_ONCE]})


def for_each(tx: Transaction, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement once for each row, if there is any."""
    if rows:
        tx.execute(statement, rows)

"""Asking for the rows of many ids: a statement of any database takes only so many values at once."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from watcher.store.engine import Transaction

_AT_ONCE = 500


def among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition of a statement for `rows_among`: the column has one of the values."""
    return column.in_(sa.bindparam("among", expanding=True))


def rows_among(tx: Transaction, statement: sa.Executable, values: Iterable[object]) -> Iterator[sa.Row[Any]]:
    """The rows of a statement for all the values, asked for a bounded number of them at a time."""
    listed = list(values)
    for start in range(0, len(listed), _AT_ONCE):
        yield from tx.execute(statement, {"among": listed[start : start + _AT_ONCE]})

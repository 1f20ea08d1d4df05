"""What is due first at each target, found by index however much is waiting."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Severity, Status
from watcher.store.engine import Transaction
from watcher.store.schema import notifications, targets

IS_UNFROZEN = notifications.c.message.is_(None)


def first_due(tx: Transaction, table: sa.Table, to: Collection[int], now: datetime) -> list[sa.Row[Any]]:
    """Of messages, or of unfrozen notifications: one row for each target that has any due.

    It is the most severe, then the one due first; the rows come in that order as well.
    """
    severities = sorted(Severity, reverse=True)
    first = sa.func.coalesce(*(_due_longest(table, severity, now) for severity in severities))
    ids = sa.select(first).select_from(targets).where(targets.c.id.in_(to))
    order = (table.c.severity.desc(), table.c.due_at, table.c.id)
    return list(tx.execute(sa.select(table).where(table.c.id.in_(ids)).order_by(*order)))


def _due_longest(table: sa.Table, severity: Severity, now: datetime) -> sa.ScalarSelect[int]:
    is_due = (table.c.status == Status.PENDING) & (table.c.severity == severity) & (table.c.due_at <= now)
    found = sa.select(table.c.id).where(table.c.target == targets.c.id, is_due)
    if table is notifications:
        found = found.where(IS_UNFROZEN)
    return found.order_by(table.c.due_at, table.c.id).limit(1).correlate(targets).scalar_subquery()

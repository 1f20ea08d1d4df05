"""Search: the dispatches in which a query may be found, for the rules to look at closely."""

from collections.abc import Iterator

import sqlalchemy as sa

from watcher.model import Dispatch
from watcher.store import dispatches, terms
from watcher.store.engine import Transaction
from watcher.store.schema import dispatches as table

_BATCH = 200
_ALL = (
    sa.select(table.c.id)
    .where(table.c.merged_into.is_(None))
    .order_by(table.c.first_seen.desc(), table.c.id.desc())
)


def candidates(tx: Transaction, anchors: frozenset[str]) -> Iterator[Dispatch]:
    """The dispatches in whose current text at least one anchor occurs, the newest first.

    Without anchors: all. What comes may be more than was asked for, never less.
    """
    holding = terms.holding(anchors)
    wanted = _ALL if holding is None else _ALL.where(table.c.id.in_(holding))
    ids = tx.execute(wanted).scalars().all()
    for start in range(0, len(ids), _BATCH):
        yield from dispatches.load(tx, ids[start : start + _BATCH])

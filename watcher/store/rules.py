"""The rules in force, as they were last good: a broken file leaves its rules here as they were."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from watcher.model import RuleText
from watcher.store.engine import Transaction
from watcher.store.schema import rules


def in_force(tx: Transaction) -> list[RuleText]:
    """Every rule that is not retired, by id."""
    rows = tx.execute(sa.select(rules).where(rules.c.retired_at.is_(None)).order_by(rules.c.id))
    return [RuleText(row.id, row.version, row.path, row.text, row.lists) for row in rows]


def put_in_force(tx: Transaction, texts: Sequence[RuleText], retired: Collection[str], now: datetime) -> None:
    """Put these rules in force, each in place of what its id had, and retire those named; others stay."""
    columns = sa.select(rules.c.id, rules.c.version, rules.c.since).where(rules.c.retired_at.is_(None))
    since = {(row.id, row.version): row.since for row in tx.execute(columns)}
    if texts:
        of_id = rules.c.id == sa.bindparam("replaced")
        tx.execute(rules.delete().where(of_id), [{"replaced": text.id} for text in texts])
        tx.execute(
            rules.insert(),
            [
                {
                    "id": text.id,
                    "version": text.version,
                    "path": text.path,
                    "text": text.text,
                    "lists": dict(text.lists),
                    "since": since.get((text.id, text.version), now),
                }
                for text in texts
            ],
        )
    if retired:
        of_id = rules.c.id == sa.bindparam("retired")
        retire = rules.update().where(of_id, rules.c.retired_at.is_(None)).values(retired_at=now)
        tx.execute(retire, [{"retired": each} for each in retired])

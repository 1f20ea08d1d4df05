"""Alerts to tell of, targets to tell them to, and messages as compose would make them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from watcher.model import Message, Notification, Severity, Target
from watcher.store import Transaction, outbox, schema

NOW = datetime(2024, 8, 3, 21, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def add_targets(tx: Transaction, count: int = 1) -> dict[int, Target]:
    """Targets by id, as the configuration has them: with their URLs."""
    wanted = [
        Target("desk", f"key {number}", f"desk {number}", f"json://secret{number}") for number in range(count)
    ]
    return {target.id: target for target in outbox.ensure_targets(tx, wanted)}


def add_alerts(tx: Transaction, severities: Iterable[Severity]) -> list[int]:
    """The ids of new alerts on one dispatch, one for each severity."""
    times = {"first_seen": NOW, "seen": NOW, "created_at": NOW, "matched_at": NOW}

    def insert(table: str, **columns: object) -> int:
        known = {name: value for name, value in times.items() if name in schema.metadata.tables[table].c}
        inserted = tx.execute(schema.metadata.tables[table].insert().values(**known, **columns))
        return int(inserted.inserted_primary_key[0])

    dispatch = insert("dispatches", outlet="kcna", author="", language="", current=1)
    version = insert(
        "versions", dispatch=dispatch, number=1, headline="Plenum", body="", fingerprint=uuid4().hex
    )

    def alert(severity: Severity) -> int:
        match = insert(
            "matches", rule=uuid4().hex, rule_version="v1", dispatch=dispatch, event="new", occurrence=""
        )
        words = {"headline": "Plenum", "title": "New plenum", "why": "", "error": "", "state": "open"}
        lists = {"evidence": [], "captured": {}, "old": False, "draft": False}
        return insert("alerts", match=match, version=version, severity=severity, **words, **lists)

    return [alert(severity) for severity in severities]


def notify(tx: Transaction, target: int, *severities: Severity, batch: str = "") -> list[int]:
    """Alerts of these severities, each with a notification for the target; their ids."""
    ids = add_alerts(tx, severities)
    outbox.enqueue(tx, [Notification(alert, target, batch=batch, due_at=NOW) for alert in ids])
    return ids


def words(target: Target, severity: Severity = Severity.MEDIUM, now: datetime = NOW) -> Message:
    """A message as compose would make it."""
    name = uuid4().hex
    return Message(
        target, f"Title {name}", f"Body {name}", f"<{name}@watcher>", severity, created_at=now, due_at=now
    )


def freeze_next(tx: Transaction, configured: dict[int, Target], now: datetime = NOW) -> list[Message]:
    """Freeze what waits, as the pipeline does before it claims."""
    return [
        outbox.freeze(tx, words(configured[group.target], now=now), group.notifications)
        for group in outbox.waiting(tx, now, configured.keys(), 100)
    ]

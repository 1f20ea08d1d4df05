"""The outbox: what is bound for people, and how far it got. Record, send, settle.

    enqueue → waiting → freeze → claim → (send) → settle_sent | settle_later | settle_dead
                add_notice ↗       ↖ release, retry

A notification waits until it is frozen into a message, and follows the message's status from then on.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's as well

from watcher.errors import StoreError
from watcher.model import Message, Notification, OutboxRow, Severity, Status, Target, Waiting
from watcher.store.among import among, rows_among
from watcher.store.due import IS_UNFROZEN, first_due
from watcher.store.engine import Transaction
from watcher.store.schema import alerts, messages, notifications, targets

_KEPT = (
    *("title", "body", "message_id", "severity", "created_at"),
    *("status", "attempts", "first_tried_at", "due_at", "answer", "sent_at"),
)
_IS_CLAIMED = messages.c.token > ""


def ensure_targets(tx: Transaction, wanted: Iterable[Target]) -> list[Target]:
    """The targets with their ids, in the order given. Their URLs are not stored."""
    return [replace(target, id=_target_id(tx, target)) for target in wanted]


def enqueue(tx: Transaction, wanted: Iterable[Notification]) -> None:
    """Record notifications; one that an alert already has for a target stays as it is."""
    columns = ("alert", "target", "status", "batch", "due_at")
    rows = [{name: getattr(each, name) for name in columns} | {"of_alert": each.alert} for each in wanted]
    if rows:
        tx.execute(_ENQUEUE, rows)


def waiting(tx: Transaction, now: datetime, to: Collection[int], limit: int) -> list[Waiting]:
    """What to compose next: for each of the targets `to` what is due and most severe, then oldest.

    At most one group a target and `limit` in all, and none for a target that has a message due which
    is as severe: a message is frozen when it is about to be claimed. Notifications of one batch are a group.
    """
    frozen = {row.target: row.severity for row in first_due(tx, messages, to, now)}
    rows = first_due(tx, notifications, to, now)
    next_rows = [row for row in rows if row.severity > frozen.get(row.target, 0)]
    return [_group(tx, row, now) for row in next_rows[:limit]]


def freeze(tx: Transaction, message: Message, notification_ids: Collection[int]) -> Message:
    """Record a composed message as the one that carries these notifications."""
    saved = replace(message, id=_insert(tx, message))
    of_id = notifications.c.id == sa.bindparam("carried")
    is_free = IS_UNFROZEN & (notifications.c.status == Status.PENDING)
    carry = notifications.update().where(of_id, is_free).values(message=saved.id)
    tx.execute(carry, [{"carried": each} for each in notification_ids])
    carried = tx.scalar(sa.select(sa.func.count()).where(notifications.c.message == saved.id))
    if carried != len(notification_ids):
        raise StoreError("another watcher took these notifications meanwhile; let only one deliver at a time")
    return saved


def add_notice(tx: Transaction, message: Message, notice: str) -> bool:
    """Record a notice to the operator; False if its target already had the notice of this key."""
    return _insert(tx, message, notice) != 0


def is_notice(tx: Transaction, message: Message) -> bool:
    """Is it a notice to the operator, and carries no alert?"""
    is_it = (messages.c.id == message.id) & messages.c.notice.is_not(None)
    return tx.scalar(sa.select(messages.c.id).where(is_it)) is not None


def is_due(tx: Transaction, now: datetime, to: Collection[int]) -> bool:
    """Is there anything to compose or to send for the targets `to`?"""
    return any(first_due(tx, table, to, now) for table in (messages, notifications))


def claim(  # noqa: PLR0917 - all that a claim depends on
    tx: Transaction,
    now: datetime,
    lease: timedelta,
    configured: Mapping[int, Target],
    busy: Collection[int],
    limit: int,
) -> list[Message]:
    """Take messages that are due for sending: critical first, then oldest, at most one a target.

    None for a target that is busy or has a claim whose lease runs. The messages of targets that are not
    configured stay as they are. Each falls due again when its lease is over, unless it is settled.
    """
    is_leased = _IS_CLAIMED & (messages.c.due_at > now)
    free = configured.keys() - set(busy) - set(tx.scalars(sa.select(messages.c.target).where(is_leased)))
    due = first_due(tx, messages, free, now)[: max(limit, 0)]
    claimed = [
        replace(
            _message(row, configured[row.target]),
            attempts=row.attempts + 1,
            first_tried_at=row.first_tried_at or now,
            token=uuid4().hex,
            due_at=now + lease,
        )
        for row in due
    ]
    for message in claimed:
        taken = {name: getattr(message, name) for name in ("attempts", "first_tried_at", "token", "due_at")}
        tx.execute(messages.update().where(messages.c.id == message.id).values(taken))
    return claimed


def settle_sent(tx: Transaction, message: Message, answer: str, now: datetime) -> bool:
    """The message was accepted. False, and nothing changes, if the claim is no longer ours."""
    return _settle(tx, message, status=Status.SENT, answer=answer, sent_at=now)


def settle_later(tx: Transaction, message: Message, answer: str, due_at: datetime) -> bool:
    """The message was not accepted and is tried again. False if the claim is no longer ours."""
    return _settle(tx, message, status=Status.PENDING, answer=answer, due_at=due_at)


def settle_dead(tx: Transaction, message: Message, answer: str, now: datetime) -> bool:
    """The message is given up, and stays visible. False if the claim is no longer ours."""
    return _settle(tx, message, status=Status.DEAD, answer=answer, due_at=now)


def release(tx: Transaction, now: datetime) -> int:
    """What a dead process had claimed falls due now; how many. For the one process that holds the store."""
    return tx.execute(messages.update().where(_IS_CLAIMED).values(token="", due_at=now)).rowcount


def retry(tx: Transaction, message_id: int | None, now: datetime) -> int:
    """Pending and dead messages, or the one of that id, fall due now and start anew; how many.

    One that is being sent, its lease running, is left alone.
    """
    is_leased = _IS_CLAIMED & (messages.c.due_at > now)
    wanted = messages.c.status.in_((Status.PENDING, Status.DEAD)) & ~is_leased
    if message_id is not None:
        wanted &= messages.c.id == message_id
    anew = {"status": Status.PENDING, "due_at": now, "attempts": 0, "first_tried_at": None}
    count = tx.execute(messages.update().where(wanted).values(anew)).rowcount
    revived = sa.select(messages.c.id).where(messages.c.status == Status.PENDING)
    is_behind = (notifications.c.status == Status.DEAD) & notifications.c.message.in_(revived)
    tx.execute(notifications.update().where(is_behind).values(status=Status.PENDING))
    return count


def listing(tx: Transaction, limit: int, status: Status | None = None) -> list[OutboxRow]:
    """Messages, and notifications that wait to become one, newest first; those of one status if given."""
    found = [*_frozen_rows(tx, limit, status), *_unfrozen_rows(tx, limit, status)]
    return sorted(found, key=lambda row: row.created_at, reverse=True)[:limit]


def stranded(tx: Transaction, configured: Collection[int]) -> Mapping[str, int]:
    """How many rows wait for targets that are not configured any more, by channel and label."""
    frozen = sa.select(messages.c.target).where(messages.c.status == Status.PENDING)
    unfrozen = sa.select(notifications.c.target).where(IS_UNFROZEN, notifications.c.status == Status.PENDING)
    waiting_for = sa.union_all(frozen, unfrozen).subquery()
    is_stranded = (targets.c.id == waiting_for.c.target) & targets.c.id.not_in(configured)
    rows = tx.execute(sa.select(targets.c.channel, targets.c.label).where(is_stranded))
    return Counter(f"{row.channel} ({row.label})" for row in rows)


def counts(tx: Transaction) -> Mapping[Status, int]:
    """How many rows of each status the outbox lists."""
    found = dict.fromkeys(Status, 0)
    frozen = sa.select(messages.c.status, sa.func.count()).group_by(messages.c.status)
    columns = sa.select(notifications.c.status, sa.func.count())
    unfrozen = columns.where(IS_UNFROZEN).group_by(notifications.c.status)
    for status, count in (*tx.execute(frozen), *tx.execute(unfrozen)):
        found[Status(status)] += count
    return found


_ENQUEUE = (
    insert(notifications)
    .values(
        severity=sa.select(alerts.c.severity).where(alerts.c.id == sa.bindparam("of_alert")).scalar_subquery()
    )
    .on_conflict_do_nothing(index_elements=["alert", "target"])
)


def _target_id(tx: Transaction, target: Target) -> int:
    labelled = insert(targets).values(channel=target.channel, key=target.key, label=target.label)
    upsert = labelled.on_conflict_do_update(index_elements=["channel", "key"], set_={"label": target.label})
    return int(tx.execute(upsert.returning(targets.c.id)).scalar_one())


def _insert(tx: Transaction, message: Message, notice: str | None = None) -> int:
    """The id of the recorded message; 0 if its target already had this notice."""
    kept = {name: getattr(message, name) for name in _KEPT}
    new = insert(messages).values(target=message.target.id, token="", notice=notice, **kept)
    once = new.on_conflict_do_nothing(index_elements=["target", "notice"])
    return int(tx.execute(once.returning(messages.c.id)).scalar() or 0)


def _group(tx: Transaction, first: sa.Row[Any], now: datetime) -> Waiting:
    """The notification, with the others of its batch that are due."""
    if not first.batch:
        return Waiting(first.target, (first.id,), (first.alert,))
    is_like_it = (notifications.c.target == first.target) & (notifications.c.batch == first.batch)
    is_due = IS_UNFROZEN & (notifications.c.status == Status.PENDING) & (notifications.c.due_at <= now)
    columns = sa.select(notifications.c.id, notifications.c.alert)
    rows = tx.execute(columns.where(is_like_it, is_due).order_by(notifications.c.id)).all()
    return Waiting(first.target, tuple(row.id for row in rows), tuple(row.alert for row in rows))


def _settle(tx: Transaction, message: Message, **outcome: Any) -> bool:
    is_ours = (messages.c.id == message.id) & (messages.c.token == message.token) & _IS_CLAIMED
    if not tx.execute(messages.update().where(is_ours).values(token="", **outcome)).rowcount:
        return False
    carried = notifications.c.message == message.id
    tx.execute(notifications.update().where(carried).values(status=outcome["status"]))
    return True


def _message(row: sa.Row[Any], target: Target) -> Message:
    kept = {name: getattr(row, name) for name in _KEPT}
    kept |= {"severity": Severity(row.severity), "status": Status(row.status)}
    return Message(target=target, id=row.id, **kept)


def _frozen_rows(tx: Transaction, limit: int, status: Status | None) -> Sequence[OutboxRow]:
    columns = sa.select(messages, targets.c.channel, targets.c.label).join(targets)
    wanted = columns if status is None else columns.where(messages.c.status == status)
    rows = tx.execute(wanted.order_by(messages.c.id.desc()).limit(limit)).all()
    carried = defaultdict(list)
    pairs = sa.select(notifications.c.message, notifications.c.alert).order_by(notifications.c.id)
    of_messages = pairs.where(among(notifications.c.message))
    for pair in rows_among(tx, of_messages, [row.id for row in rows]):
        carried[pair.message].append(pair.alert)
    return [
        OutboxRow(
            row.id,
            **_shown(row),
            alerts=tuple(carried[row.id]),
            attempts=row.attempts,
            answer=row.answer,
            sent_at=row.sent_at,
        )
        for row in rows
    ]


def _unfrozen_rows(tx: Transaction, limit: int, status: Status | None) -> Sequence[OutboxRow]:
    columns = sa.select(
        notifications, alerts.c.title, alerts.c.created_at, targets.c.channel, targets.c.label
    )
    wanted = columns.join(alerts).join(targets, notifications.c.target == targets.c.id).where(IS_UNFROZEN)
    if status is not None:
        wanted = wanted.where(notifications.c.status == status)
    rows = tx.execute(wanted.order_by(notifications.c.id.desc()).limit(limit))
    return [OutboxRow(0, **_shown(row), alerts=(row.alert,)) for row in rows]


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "target": row.label,
        "status": Status(row.status),
        "severity": Severity(row.severity),
        "title": row.title,
        "created_at": row.created_at,
        "due_at": row.due_at,
    }

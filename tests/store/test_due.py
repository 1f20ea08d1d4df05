"""However much is waiting, what is due first is found with the same few looks into an index."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from outbox_samples import LEASE, NOW, add_targets, notify, words

from watcher.model import Severity, Target
from watcher.store import Store, Transaction, outbox, schema

FEW, MANY = 10, 10_000
OLD = NOW - timedelta(days=1)
QUIET, CROWDED, DOWN = 1, 2, 3  # targets


@pytest.fixture
def tx(store: Store) -> Iterator[Transaction]:
    with store.write() as transaction:
        yield transaction


@pytest.fixture
def desks(tx: Transaction) -> dict[int, Target]:
    return add_targets(tx, 3)


def pile_up(tx: Transaction, desk: Target, count: int) -> None:
    """Messages, and notifications that wait to become some, due since yesterday: all but critical ones."""
    notify(tx, desk.id, Severity.LOW)
    outbox.add_notice(tx, words(desk), "notice")
    ids = range(desk.id * 1_000_000, desk.id * 1_000_000 + count)
    copy(tx, schema.matches, ids, rule=str)
    copy(tx, schema.alerts, ids, match=int)
    copy(tx, schema.notifications, ids, alert=int, severity=below_critical, due_at=lambda _: OLD)
    copy(tx, schema.messages, ids, message_id=str, notice=str, severity=below_critical, due_at=lambda _: OLD)


def copy(tx: Transaction, table: sa.Table, ids: range, **own: Callable[[int], object]) -> None:
    """Repeat the last row of the table under these ids, but for the columns that are the copy's own."""
    last = tx.execute(sa.select(table).order_by(table.c.id.desc()).limit(1)).one()._asdict()
    copies = [last | {"id": each} | {name: value(each) for name, value in own.items()} for each in ids]
    tx.execute(table.insert(), copies)


def below_critical(number: int) -> Severity:
    return Severity(1 + number % 3)


def steps(tx: Transaction, ask: Callable[[], object]) -> int:
    """How many instructions of SQLite's machine it takes to answer: each row read is at least one."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = tx.connection.driver_connection
    assert connection
    connection.set_progress_handler(count, 1)
    ask()
    connection.set_progress_handler(None, 1)
    return taken


def test_a_backlog_costs_no_further_steps_and_a_fresh_critical_alert_overtakes_it(
    tx: Transaction, desks: dict[int, Target]
) -> None:
    costs = []
    for desk, count in ((desks[QUIET], FEW), (desks[CROWDED], MANY)):
        pile_up(tx, desk, count)
        (alert,) = notify(tx, desk.id, Severity.CRITICAL)
        (group,) = outbox.waiting(tx, NOW, [desk.id], 10)
        assert group.alerts == (alert,)
        message = outbox.freeze(tx, words(desk, Severity.CRITICAL), group.notifications)
        asks: list[Callable[[], object]] = [
            lambda desk=desk: outbox.is_due(tx, NOW, [desk.id]),
            lambda desk=desk: outbox.waiting(tx, NOW, [desk.id], 10),
            lambda desk=desk, message=message: claim(tx, desk, message.id),
        ]
        costs.append([steps(tx, ask) for ask in asks])
    few, many = costs
    assert all(big <= small + FEW for small, big in zip(few, many, strict=True)), costs


def claim(tx: Transaction, desk: Target, expected: int) -> None:
    claimed = outbox.claim(tx, NOW, LEASE, {desk.id: desk}, (), 10)
    assert [message.id for message in claimed] == [expected]


def test_messages_that_wait_for_another_attempt_are_not_read_to_find_one_that_is_due(
    tx: Transaction, desks: dict[int, Target]
) -> None:
    pile_up(tx, desks[DOWN], MANY)
    tx.execute(schema.messages.update().values(due_at=NOW + LEASE))
    assert steps(tx, lambda: outbox.claim(tx, NOW, LEASE, desks, (), 10)) < 1_000


def test_a_backlog_at_one_target_holds_up_no_other(tx: Transaction, desks: dict[int, Target]) -> None:
    pile_up(tx, desks[CROWDED], MANY)
    (alert,) = notify(tx, QUIET, Severity.LOW)
    (group,) = outbox.waiting(tx, NOW, desks.keys(), 10)
    assert group.alerts == (alert,)
    outbox.freeze(tx, words(desks[QUIET], Severity.LOW), group.notifications)
    claimed = outbox.claim(tx, NOW, LEASE, desks, (), 10)
    assert sorted(message.target.id for message in claimed) == [QUIET, CROWDED]


def test_every_question_about_what_is_due_is_answered_by_index(
    tx: Transaction, desks: dict[int, Target]
) -> None:
    pile_up(tx, desks[CROWDED], FEW)
    plans: list[str] = []

    def explain(_: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            rows = tx.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    sa.event.listen(tx, "before_cursor_execute", explain)
    outbox.is_due(tx, NOW, desks)
    outbox.waiting(tx, NOW, desks, 10)
    (claimed,) = outbox.claim(tx, NOW, LEASE, desks, (), 10)
    outbox.settle_later(tx, claimed, "busy", NOW)
    outbox.release(tx, NOW)
    assert not [plan for plan in plans if re.search("SCAN (messages|notifications)|LAST TERM", plan)]
    assert len([plan for plan in plans if "target=? AND status=?" in plan and "due_at<?" in plan]) >= 4

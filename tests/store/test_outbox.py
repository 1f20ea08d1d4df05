from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from outbox_samples import LEASE, MINUTE, NOW, add_alerts, add_targets, freeze_next, notify, words

from watcher.errors import StoreError
from watcher.model import Message, Notification, Severity, Status, Target
from watcher.store import Store, Transaction, outbox, schema

LOW, MEDIUM, HIGH, CRITICAL = Severity


@pytest.fixture
def tx(store: Store) -> Iterator[Transaction]:
    with store.write() as transaction:
        yield transaction


@pytest.fixture
def desks(tx: Transaction) -> dict[int, Target]:
    """Three targets."""
    return add_targets(tx, 3)


@pytest.fixture
def desk(desks: dict[int, Target]) -> Target:
    return desks[1]


def freeze(tx: Transaction, target: Target, severity: Severity = MEDIUM) -> Message:
    alerts = notify(tx, target.id, severity)
    columns = sa.select(schema.notifications.c.id).where(schema.notifications.c.alert == alerts[0])
    return outbox.freeze(tx, words(target, severity), [tx.scalars(columns).one()])


def claim(tx: Transaction, *targets: Target, after: timedelta = timedelta(), limit: int = 8) -> list[Message]:
    return outbox.claim(tx, NOW + after, LEASE, {target.id: target for target in targets}, (), limit)


def statuses(tx: Transaction) -> list[tuple[str, str]]:
    """Of each notification and the message that carries it."""
    joined = schema.notifications.join(schema.messages)
    columns = sa.select(schema.notifications.c.status, schema.messages.c.status)
    return [(row[0], row[1]) for row in tx.execute(columns.select_from(joined))]


class TestTargets:
    def test_it_gives_each_an_id_that_stays_and_keeps_the_url_with_the_argument(
        self, tx: Transaction
    ) -> None:
        first = add_targets(tx, 2)
        assert add_targets(tx, 3) == first | {3: add_targets(tx, 3)[3]}
        assert [target.url for target in first.values()] == ["json://secret0", "json://secret1"]

    def test_a_label_may_change(self, tx: Transaction, desk: Target) -> None:
        outbox.ensure_targets(tx, [replace(desk, label="renamed", id=0)])
        freeze(tx, desk)
        assert outbox.listing(tx, 1)[0].target == "renamed"

    def test_no_url_is_in_the_file(self, store: Store, tmp_path: Path) -> None:
        with store.write() as tx:
            desks = add_targets(tx)
            freeze(tx, desks[1])
            claim(tx, desks[1])
        store.close()
        assert not any(b"secret0" in file.read_bytes() for file in tmp_path.iterdir())


class TestWaiting:
    def test_an_alert_waits_once_for_each_target_however_often_it_is_enqueued(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        (alert,) = add_alerts(tx, [HIGH])
        for _ in range(2):
            outbox.enqueue(tx, [Notification(alert, target, due_at=NOW) for target in (1, 2)])
        groups = outbox.waiting(tx, NOW, desks.keys(), 10)
        assert [(group.target, group.alerts) for group in groups] == [(1, (alert,)), (2, (alert,))]
        assert outbox.counts(tx)[Status.PENDING] == 2

    def test_an_alert_that_does_not_exist_is_refused(self, store: Store) -> None:
        with store.write() as tx:
            add_targets(tx)
        with pytest.raises(StoreError), store.write() as tx:
            outbox.enqueue(tx, [Notification(99, 1)])

    def test_the_most_severe_comes_first_then_the_oldest(self, tx: Transaction, desk: Target) -> None:
        middle, urgent, later = notify(tx, 1, MEDIUM, CRITICAL, MEDIUM)
        told = []
        while groups := outbox.waiting(tx, NOW, [1], 10):
            told += [alert for group in groups for alert in group.alerts]
            message = outbox.freeze(tx, words(desk), groups[0].notifications)
            assert outbox.settle_sent(tx, claim(tx, desk)[0], "", NOW), message
        assert told == [urgent, middle, later]

    def test_a_batch_travels_together_and_all_else_alone(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        flood = notify(tx, 1, LOW, HIGH, LOW, batch="flood")
        notify(tx, 1, MEDIUM)
        elsewhere = notify(tx, 2, LOW, batch="flood")
        groups = outbox.waiting(tx, NOW, desks.keys(), 10)
        assert [(group.target, group.alerts) for group in groups] == [
            (1, tuple(flood)),
            (2, tuple(elsewhere)),
        ]

    def test_what_is_held_or_not_yet_due_does_not_wait_to_be_composed(
        self, tx: Transaction, desk: Target
    ) -> None:
        held, later = add_alerts(tx, [CRITICAL, CRITICAL])
        outbox.enqueue(tx, [Notification(held, 1, Status.HELD, due_at=NOW)])
        outbox.enqueue(tx, [Notification(later, 1, due_at=NOW + MINUTE)])
        assert outbox.waiting(tx, NOW, [desk.id], 10) == []
        assert not outbox.is_due(tx, NOW, [desk.id])
        assert [group.alerts for group in outbox.waiting(tx, NOW + MINUTE, [desk.id], 10)] == [(later,)]

    def test_nothing_is_composed_before_it_can_be_claimed(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk, HIGH)
        notify(tx, 1, HIGH)
        assert outbox.waiting(tx, NOW, [1], 10) == []
        (urgent,) = notify(tx, 1, CRITICAL)
        assert [group.alerts for group in outbox.waiting(tx, NOW, [1], 10)] == [(urgent,)]

    def test_it_leaves_out_targets_that_are_not_asked_for(self, tx: Transaction, desk: Target) -> None:
        notify(tx, desk.id, CRITICAL)
        assert outbox.waiting(tx, NOW, [2, 3], 10) == []
        assert not outbox.is_due(tx, NOW, [2, 3])

    def test_it_gives_no_more_groups_than_asked_for(self, tx: Transaction, desks: dict[int, Target]) -> None:
        for target, severity in zip(desks, (LOW, CRITICAL, HIGH), strict=True):
            notify(tx, target, severity)
        assert [group.target for group in outbox.waiting(tx, NOW, desks.keys(), 2)] == [2, 3]


class TestFreezing:
    def test_a_notification_is_carried_by_one_message_only(self, store: Store) -> None:
        with store.write() as tx:
            desk = add_targets(tx)[1]
            notify(tx, 1, HIGH)
            (group,) = outbox.waiting(tx, NOW, [1], 10)
            outbox.freeze(tx, words(desk), group.notifications)
        with pytest.raises(StoreError, match="only one deliver"), store.write() as tx:
            outbox.freeze(tx, words(desk), group.notifications)
        with store.read() as tx:
            assert outbox.counts(tx)[Status.PENDING] == 1

    def test_a_target_gets_the_notice_of_a_key_once(self, tx: Transaction, desks: dict[int, Target]) -> None:
        told = [
            outbox.add_notice(tx, words(desks[target]), notice)
            for target, notice in ((1, "broken a"), (1, "broken a"), (2, "broken a"), (1, "broken b"))
        ]
        assert told == [True, False, True, True]
        assert [row.alerts for row in outbox.listing(tx, 10)] == [(), (), ()]

    def test_it_tells_a_notice_from_a_message_that_carries_alerts(
        self, tx: Transaction, desk: Target
    ) -> None:
        outbox.add_notice(tx, words(desk, CRITICAL), "broken a")
        (notice,) = claim(tx, desk)
        assert outbox.is_notice(tx, notice)
        assert not outbox.is_notice(tx, freeze(tx, desk))


class TestClaiming:
    def test_a_claimed_message_has_its_words_its_target_and_a_lease(
        self, tx: Transaction, desk: Target
    ) -> None:
        frozen = freeze(tx, desk)
        (claimed,) = claim(tx, desk)
        assert claimed == replace(
            frozen, attempts=1, first_tried_at=NOW, due_at=NOW + LEASE, token=claimed.token
        )
        assert claimed.token
        assert claimed.target.url == "json://secret0"

    def test_critical_is_claimed_first_then_what_was_due_first(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        for target, severity in zip(desks.values(), (MEDIUM, MEDIUM, CRITICAL), strict=True):
            freeze(tx, target, severity)
        assert [message.target.id for message in claim(tx, *desks.values(), limit=2)] == [3, 1]

    def test_a_target_has_one_message_claimed_at_a_time(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk, HIGH)
        freeze(tx, desk, CRITICAL)
        assert [message.severity for message in claim(tx, desk)] == [CRITICAL]
        assert claim(tx, desk) == []

    def test_a_busy_target_gets_nothing_and_holds_up_no_other(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        for target in desks.values():
            freeze(tx, target)
        claimed = outbox.claim(tx, NOW, LEASE, desks, {1, 2}, 8)
        assert [message.target.id for message in claimed] == [3]

    def test_what_is_bound_for_a_target_no_longer_configured_stays_visible(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        freeze(tx, desks[1])
        assert claim(tx, desks[2], desks[3]) == []
        assert [(row.target, row.status) for row in outbox.listing(tx, 10)] == [("desk 0", Status.PENDING)]

    def test_a_limit_of_nothing_claims_nothing(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        assert claim(tx, desk, limit=0) == claim(tx, desk, limit=-1) == []

    def test_it_falls_due_again_by_itself_with_the_same_words(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        (first,) = claim(tx, desk)
        assert claim(tx, desk, after=LEASE - MINUTE) == []
        (again,) = claim(tx, desk, after=LEASE)
        assert (again.title, again.body, again.message_id) == (first.title, first.body, first.message_id)
        assert (again.attempts, again.first_tried_at) == (2, NOW)
        assert again.token != first.token


class TestSettling:
    def test_the_notifications_follow_their_message(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        assert outbox.settle_later(tx, claim(tx, desk)[0], "busy", NOW + MINUTE)
        assert statuses(tx) == [("pending", "pending")]
        assert outbox.settle_dead(tx, claim(tx, desk, after=MINUTE)[0], "no such room", NOW)
        assert statuses(tx) == [("dead", "dead")]
        outbox.retry(tx, None, NOW)
        assert statuses(tx) == [("pending", "pending")]
        assert outbox.settle_sent(tx, claim(tx, desk)[0], "accepted", NOW)
        assert statuses(tx) == [("sent", "sent")]

    def test_it_keeps_the_answer_and_when_it_was_sent(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        outbox.settle_sent(tx, claim(tx, desk)[0], "accepted", NOW + MINUTE)
        (row,) = outbox.listing(tx, 10)
        assert (row.status, row.answer, row.sent_at, row.attempts) == (
            Status.SENT,
            "accepted",
            NOW + MINUTE,
            1,
        )

    def test_it_is_not_due_before_the_next_attempt(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        outbox.settle_later(tx, claim(tx, desk)[0], "busy", NOW + MINUTE)
        assert not outbox.is_due(tx, NOW, [desk.id])
        assert claim(tx, desk) == []
        assert outbox.is_due(tx, NOW + MINUTE, [desk.id])
        assert len(claim(tx, desk, after=MINUTE)) == 1

    def test_it_needs_the_token_of_the_latest_claim(self, tx: Transaction, desk: Target) -> None:
        frozen = freeze(tx, desk)
        (late,) = claim(tx, desk)
        (current,) = claim(tx, desk, after=LEASE)
        assert not outbox.settle_sent(tx, late, "", NOW)
        assert not outbox.settle_later(tx, late, "", NOW)
        assert not outbox.settle_dead(tx, late, "", NOW)
        assert not outbox.settle_sent(tx, frozen, "", NOW)
        assert outbox.settle_sent(tx, current, "", NOW)
        assert not outbox.settle_sent(tx, current, "", NOW)

    def test_an_answer_that_comes_after_the_lease_still_counts(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        (claimed,) = claim(tx, desk)
        assert outbox.settle_sent(tx, claimed, "accepted", NOW + 2 * LEASE)
        assert claim(tx, desk, after=2 * LEASE) == []


class TestReleaseAndRetry:
    def test_what_a_dead_process_had_claimed_is_released_with_the_same_words(
        self, tx: Transaction, desk: Target
    ) -> None:
        freeze(tx, desk)
        (lost,) = claim(tx, desk)
        assert outbox.release(tx, NOW + MINUTE) == 1
        (again,) = claim(tx, desk, after=MINUTE)
        assert (again.body, again.message_id, again.attempts) == (lost.body, lost.message_id, 2)
        assert not outbox.settle_sent(tx, lost, "", NOW)

    def test_a_release_leaves_what_nobody_claimed_as_it_is(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        outbox.settle_later(tx, claim(tx, desk)[0], "busy", NOW + MINUTE)
        assert outbox.release(tx, NOW) == 0
        assert claim(tx, desk) == []

    def test_a_retry_makes_pending_and_dead_messages_due_and_leaves_sent_ones(
        self, tx: Transaction, desks: dict[int, Target]
    ) -> None:
        for target in desks.values():
            freeze(tx, target)
        waits, dies, goes = claim(tx, *desks.values())
        outbox.settle_later(tx, waits, "busy", NOW + 60 * MINUTE)
        outbox.settle_dead(tx, dies, "gone", NOW)
        outbox.settle_sent(tx, goes, "accepted", NOW)
        assert outbox.retry(tx, None, NOW + MINUTE) == 2
        again = claim(tx, *desks.values(), after=MINUTE)
        assert [message.message_id for message in again] == [waits.message_id, dies.message_id]

    def test_a_retried_message_has_its_attempts_and_its_two_days_anew(
        self, tx: Transaction, desk: Target
    ) -> None:
        freeze(tx, desk)
        outbox.settle_dead(tx, claim(tx, desk)[0], "gone", NOW)
        outbox.retry(tx, 1, NOW + 3 * MINUTE)
        (again,) = claim(tx, desk, after=4 * MINUTE)
        assert (again.attempts, again.first_tried_at) == (1, NOW + 4 * MINUTE)

    def test_a_retry_of_one_leaves_the_others(self, tx: Transaction, desks: dict[int, Target]) -> None:
        for target in (desks[1], desks[2]):
            freeze(tx, target)
        for message in claim(tx, *desks.values()):
            outbox.settle_dead(tx, message, "gone", NOW)
        assert outbox.retry(tx, 2, NOW) == 1
        assert [message.id for message in claim(tx, *desks.values())] == [2]
        assert outbox.retry(tx, 99, NOW) == 0

    def test_a_retry_leaves_alone_what_is_being_sent(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        (claimed,) = claim(tx, desk)
        assert outbox.retry(tx, claimed.id, NOW + MINUTE) == 0
        assert outbox.settle_sent(tx, claimed, "accepted", NOW + MINUTE)

    def test_an_answer_counts_though_the_message_was_retried_after_its_lease(
        self, tx: Transaction, desk: Target
    ) -> None:
        freeze(tx, desk)
        (claimed,) = claim(tx, desk)
        assert outbox.retry(tx, claimed.id, NOW + LEASE) == 1
        assert outbox.settle_sent(tx, claimed, "accepted", NOW + LEASE)


class TestListing:
    def test_it_lists_messages_and_what_waits_to_become_one_newest_first(
        self, tx: Transaction, desk: Target
    ) -> None:
        (alert,) = notify(tx, desk.id, HIGH)
        (message,) = freeze_next(tx, {desk.id: desk}, NOW + MINUTE)
        (waits,) = notify(tx, desk.id, LOW)
        rows = outbox.listing(tx, 10)
        assert [(row.id, row.title, row.severity, row.alerts) for row in rows] == [
            (message.id, message.title, message.severity, (alert,)),
            (0, "New plenum", LOW, (waits,)),
        ]
        assert [(row.channel, row.target, row.due_at) for row in rows] == [
            ("desk", "desk 0", NOW + MINUTE),
            ("desk", "desk 0", NOW),
        ]
        assert outbox.listing(tx, 1) == rows[:1]

    def test_it_lists_one_status_only_when_asked(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        outbox.settle_dead(tx, claim(tx, desk)[0], "gone", NOW)
        notify(tx, desk.id, LOW)
        assert [row.status for row in outbox.listing(tx, 10, Status.DEAD)] == [Status.DEAD]
        assert [row.status for row in outbox.listing(tx, 10, Status.PENDING)] == [Status.PENDING]
        assert outbox.listing(tx, 10, Status.SENT) == []

    def test_it_counts_every_status(self, tx: Transaction, desk: Target) -> None:
        freeze(tx, desk)
        outbox.settle_dead(tx, claim(tx, desk)[0], "gone", NOW)
        notify(tx, desk.id, LOW, LOW)
        (held,) = add_alerts(tx, [LOW])
        outbox.enqueue(tx, [Notification(held, 1, Status.HELD)])
        counted = outbox.counts(tx)
        assert counted.keys() == set(Status)
        found = (counted[Status.DEAD], counted[Status.PENDING], counted[Status.HELD], counted[Status.SENT])
        assert found == (1, 2, 1, 0)

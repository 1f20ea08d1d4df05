"""The laws of delivery, held against any order of events, deaths of the process among them."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from outbox_samples import LEASE, MINUTE, NOW, add_targets, notify, words

from watcher.model import Message, Notification, Severity, Status
from watcher.store import Store, alerts, outbox

PICK = st.integers(0, 5)
SEVERITIES = st.lists(st.sampled_from(Severity), min_size=1, max_size=3)
BATCHES = st.sampled_from(["", "flood"])


class Delivery(RuleBasedStateMachine):
    """A watcher that enqueues, freezes, claims, sends and settles on a real store, and may die.

    told: the alerts and the targets they are bound for. carried: the same, by the Message-ID that
    took them. copies: how often a receiver got a Message-ID. lost: how often its answer was lost.
    claimed: not sent yet; accepted: sent, not settled; stale: claimed by a process that died.
    """

    @initialize(severities=SEVERITIES, batch=BATCHES)
    def start(self, severities: list[Severity], batch: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open("sqlite:///laws.db", Path(self.folder.name))
        self.now = NOW
        self.told: set[tuple[int, str]] = set()
        self.carried: dict[str, set[tuple[int, str]]] = {}
        self.frozen: dict[str, tuple[str, str]] = {}
        self.copies: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.settled: set[str] = set()
        self.claimed: list[Message] = []
        self.accepted: list[Message] = []
        self.stale: list[Message] = []
        with self.store.write() as tx:
            self.desks = add_targets(tx, 2)
        self.alert(severities, batch)

    @rule(severities=SEVERITIES, batch=BATCHES)
    def alert(self, severities: list[Severity], batch: str) -> None:
        with self.store.write() as tx:
            for alert in notify(tx, 1, *severities, batch=batch):
                outbox.enqueue(tx, [Notification(alert, target, batch=batch) for target in self.desks])
                self.told |= {(alert, desk.label) for desk in self.desks.values()}

    @rule(limit=st.integers(1, 2), knows=st.booleans())
    def claim(self, limit: int, knows: bool) -> None:
        """Freeze and claim. One who does not know what is being sent is stopped by the leases that run."""
        flying = [*self.claimed, *self.accepted]
        busy = {message.target.id for message in flying if knows or message.due_at <= self.now}
        with self.store.write() as tx:
            for group in outbox.waiting(tx, self.now, self.desks.keys(), 10):
                desk = self.desks[group.target]
                message = outbox.freeze(tx, words(desk, now=self.now), group.notifications)
                self.carried[message.message_id] = {(alert, desk.label) for alert in group.alerts}
                self.frozen[message.message_id] = (message.title, message.body)
            taken = outbox.claim(tx, self.now, LEASE, self.desks, busy, limit)
        assert all(self.frozen[message.message_id] == (message.title, message.body) for message in taken)
        assert self.settled.isdisjoint(message.message_id for message in taken)
        self.claimed += taken
        targets = [message.target.id for message in (*flying, *taken)]
        assert len(set(targets)) == len(targets)

    @precondition(lambda self: self.claimed)
    @rule(at=PICK)
    def send(self, at: int) -> None:
        message = self.take(self.claimed, at)
        assert self.copies[message.message_id] == self.lost[message.message_id]
        self.copies[message.message_id] += 1
        self.accepted.append(message)

    @precondition(lambda self: self.claimed)
    @rule(at=PICK, for_good=st.booleans())
    def refuse(self, at: int, for_good: bool) -> None:
        message = self.take(self.claimed, at)
        with self.store.write() as tx:
            if for_good:
                assert outbox.settle_dead(tx, message, "no such room", self.now)
            else:
                assert outbox.settle_later(tx, message, "busy", self.now + MINUTE)

    @precondition(lambda self: self.accepted)
    @rule(at=PICK, arrives=st.booleans())
    def answer(self, at: int, arrives: bool) -> None:
        message = self.take(self.accepted, at)
        with self.store.write() as tx:
            if arrives:
                assert outbox.settle_sent(tx, message, "accepted", self.now)
                self.settled.add(message.message_id)
            else:
                assert outbox.settle_later(tx, message, "no answer in time", self.now + MINUTE)
                self.lost[message.message_id] += 1

    @precondition(lambda self: self.claimed or self.accepted)
    @rule()
    def die_and_start_again(self) -> None:
        self.lost.update(message.message_id for message in self.accepted)
        self.stale += [*self.claimed, *self.accepted]
        self.claimed, self.accepted = [], []
        self.store.close()
        self.store = Store.open("sqlite:///laws.db", Path(self.folder.name))
        with self.store.write() as tx:
            outbox.release(tx, self.now)

    @precondition(lambda self: self.stale)
    @rule(at=PICK)
    def settle_from_beyond(self, at: int) -> None:
        message = self.stale[at % len(self.stale)]
        with self.store.write() as tx:
            assert not outbox.settle_sent(tx, message, "accepted", self.now)
            assert not outbox.settle_later(tx, message, "busy", self.now)

    @precondition(lambda self: self.carried)
    @rule()
    def retry(self) -> None:
        flying = (*self.claimed, *self.accepted)
        leased = {message.message_id for message in flying if message.due_at > self.now}
        with self.store.write() as tx:
            count = outbox.retry(tx, None, self.now)
        assert count == len(self.carried.keys() - self.settled - leased)

    @rule(length=st.sampled_from([MINUTE, LEASE, timedelta(days=1)]))
    def wait(self, length: timedelta) -> None:
        self.now += length

    @invariant()
    def every_alert_is_accounted_for_and_sent_only_if_it_arrived(self) -> None:
        with self.store.read() as tx:
            rows = outbox.listing(tx, 1_000)
            records = alerts.listing(tx, 1_000)
        shown = [((alert, row.target), row.status) for row in rows for alert in row.alerts]
        assert sorted(pair for pair, _ in shown) == sorted(self.told)
        assert sorted(shown) == sorted(
            ((record.alert.id, delivery.target), delivery.status)
            for record in records
            for delivery in record.deliveries
        )
        arrived = set().union(*(self.carried[message] for message in self.settled))
        assert {pair for pair, status in shown if status is Status.SENT} == arrived

    def teardown(self) -> None:
        """Let the watcher run on without mishaps: everything arrives, and no more often than it must."""
        if hasattr(self, "store"):
            self.die_and_start_again()
            while set().union(*(self.carried[message] for message in self.settled)) != self.told:
                self.retry()
                self.claim(2, True)
                assert self.claimed
                while self.claimed:
                    self.send(0)
                    self.answer(0, True)
            assert all(self.copies[each] == self.lost[each] + 1 for each in self.carried)
            self.store.close()
            self.folder.cleanup()

    def take(self, messages: list[Message], at: int) -> Message:
        return messages.pop(at % len(messages))


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

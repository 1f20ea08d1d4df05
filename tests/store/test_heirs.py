"""What waits for a recipient is not lost when the URL of its channel changes."""

from dataclasses import replace

from outbox_samples import LEASE, NOW, freeze_next, notify, words

from watcher.model import Notification, Severity, Status, Target
from watcher.store import Store, Transaction, outbox
from watcher.store.heirs import inherit

HIGH = Severity.HIGH
ANN, BOB = (Target("desk", name, f"mail to {name}") for name in ("ann", "bob"))


def ids(tx: Transaction, *wanted: Target) -> list[Target]:
    return outbox.ensure_targets(tx, wanted)


def waiting(tx: Transaction) -> list[tuple[str, Status]]:
    return sorted((row.target, row.status) for row in outbox.listing(tx, 100))


def test_what_waits_goes_to_the_only_recipient_there_is_frozen_or_not(store: Store) -> None:
    with store.write() as tx:
        (ann,) = ids(tx, ANN)
        notify(tx, ann.id, HIGH)
        freeze_next(tx, {ann.id: ann})
        notify(tx, ann.id, HIGH)
        outbox.add_notice(tx, words(ann), "broken")
        (bob,) = ids(tx, BOB)
        inherit(tx, "desk", [bob])
        assert waiting(tx) == [(BOB.label, Status.PENDING)] * 3
        assert len(outbox.claim(tx, NOW, LEASE, {bob.id: bob}, (), 8)) == 1


def test_of_several_the_one_with_the_same_label_inherits(store: Store) -> None:
    with store.write() as tx:
        ann, bob = ids(tx, ANN, BOB)
        notify(tx, ann.id, HIGH)
        new_ann, _ = ids(tx, replace(ANN, key="another password"), BOB)
        inherit(tx, "desk", [new_ann, bob])
        assert [group.target for group in outbox.waiting(tx, NOW, [new_ann.id, bob.id], 8)] == [new_ann.id]


def test_without_an_heir_nothing_moves(store: Store) -> None:
    with store.write() as tx:
        (former,) = ids(tx, Target("desk", "carl", "mail to carl"))
        notify(tx, former.id, HIGH)
        inherit(tx, "desk", ids(tx, ANN, BOB))
        inherit(tx, "other", ids(tx, Target("other", "x", "x")))
        inherit(tx, "desk", [])
        assert waiting(tx) == [("mail to carl", Status.PENDING)]


def test_an_heir_is_not_told_what_it_has_been_told_itself(store: Store) -> None:
    with store.write() as tx:
        ann, bob = ids(tx, ANN, BOB)
        for target in (ann, bob):
            outbox.add_notice(tx, words(target), "broken")
        alerts = notify(tx, ann.id, HIGH, HIGH)
        freeze_next(tx, {ann.id: ann})
        outbox.enqueue(tx, [Notification(alert, bob.id, due_at=NOW) for alert in alerts])
        inherit(tx, "desk", [bob])
        labels = [row.target for row in outbox.listing(tx, 100)]
        assert (labels.count(BOB.label), labels.count(ANN.label)) == (3, 3)


def test_dead_messages_are_inherited_and_those_sent_or_on_their_way_are_not(store: Store) -> None:
    with store.write() as tx:
        (ann,) = ids(tx, ANN)
        for outcome in ("dead", "sent", "on its way"):
            notify(tx, ann.id, HIGH)
            freeze_next(tx, {ann.id: ann})
            (message,) = outbox.claim(tx, NOW, LEASE, {ann.id: ann}, (), 1)
            if outcome == "dead":
                outbox.settle_dead(tx, message, "no", NOW)
            elif outcome == "sent":
                outbox.settle_sent(tx, message, "yes", NOW)
        inherit(tx, "desk", ids(tx, BOB))
        assert waiting(tx) == [
            (ANN.label, Status.PENDING),
            (ANN.label, Status.SENT),
            (BOB.label, Status.DEAD),
        ]

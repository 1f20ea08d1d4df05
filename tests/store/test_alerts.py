from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from outbox_samples import LEASE, add_targets, words

from watcher.model import (
    Alert,
    Change,
    Decision,
    Delivery,
    Dispatch,
    Event,
    Evidence,
    Match,
    Notification,
    Occasion,
    Placement,
    Severity,
    Status,
    Story,
    Surface,
)
from watcher.store import Store, Transaction, alerts, dispatches, outbox, schema

NOW = datetime(2024, 8, 3, 21, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
QUIET = timedelta(days=10)
HEADLINE = "2nd Plenary Meeting Held"
BODY = "The meeting of the C.C., WPK discussed coal."
EVIDENCE = (Evidence("headline", "Plenary Meeting", 4, 19), Evidence("body", "coal", 39, 43, "coal"))


@pytest.fixture
def tx(store: Store) -> Iterator[Transaction]:
    with store.write() as transaction:
        yield transaction


def place(tx: Transaction, name: str = "one", known: Dispatch | None = None, **changes: Any) -> Dispatch:
    """A dispatch as one poll shows it, recorded as new or as what `change` says of a known one."""
    change = changes.pop("change", Change.NEW)
    absorbed = changes.pop("absorbed", None)
    surface = Surface("kcna", f"https://kcna.example/{name}", canonical=f"kcna.example/{name}")
    text = {"headline": HEADLINE, "body": BODY, "fingerprint": f"{name} {changes.get('body')}"}
    seen = Dispatch(**{"outlet": "kcna", "surfaces": (surface,), **text, **changes})
    surfaces = () if known else seen.surfaces
    with dispatches.recording(tx, NOW) as record:
        return record(Placement(change, seen, known, surfaces, absorbed))


def match(rule: str = "plenum", **changes: Any) -> Match:
    return Match(rule, "v1", **{"evidence": EVIDENCE, "captured": {"session": "2"}, **changes})


def alert_on(dispatch: Dispatch, found: Match, **changes: Any) -> Alert:
    told = Alert(found, dispatch, Event.NEW, Severity.HIGH, "New plenum", "It sets policy.", NOW)
    return replace(told, **changes)


def tell(
    tx: Transaction,
    dispatch: Dispatch,
    found: Match | None = None,
    story: Story | None = None,
    **changes: Any,
) -> Decision:
    """Record an alert on the dispatch."""
    told = alert_on(dispatch, found or match(), **changes)
    return alerts.record(tx, Decision(told.match, Occasion(dispatch, Event.NEW), story, told), NOW)


def follow(tx: Transaction, dispatch: Dispatch, story: Story | None, event: Event = Event.NEW) -> Decision:
    """Record a match that joins the story and is not told."""
    return alerts.record(tx, Decision(match(), Occasion(dispatch, event), story), LATER)


def opening(per: str = "2", opened_at: datetime = NOW) -> Story:
    return Story("plenum", per, opened_at, opened_at, QUIET)


def count(tx: Transaction, table: sa.Table) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


class TestRecording:
    def test_an_alert_comes_back_as_it_was_recorded(self, tx: Transaction) -> None:
        dispatch = place(tx)
        decision = tell(tx, dispatch, old=True)
        (alert,) = alerts.for_ids(tx, [1])
        assert alert == decision.alert
        assert (alert.id, alert.match, alert.dispatch, alert.old) == (1, match(), dispatch, True)

    def test_a_match_that_is_known_changes_nothing(self, tx: Transaction) -> None:
        dispatch = place(tx)
        tell(tx, dispatch)
        again = tell(tx, dispatch, story=opening(), title="Again")
        assert again == Decision(match(), Occasion(dispatch, Event.NEW))
        assert [count(tx, table) for table in (schema.matches, schema.alerts, schema.stories)] == [1, 1, 0]

    def test_each_occurrence_of_an_event_is_a_match_of_its_own(self, tx: Transaction) -> None:
        dispatch = place(tx)
        for occurrence in ("1", "2", "1"):
            occasion = Occasion(dispatch, Event.EDITED, occurrence)
            told = alert_on(dispatch, match(), event=Event.EDITED, occurrence=occurrence)
            alerts.record(tx, Decision(match(), occasion, alert=told), NOW)
        assert [(alert.event, alert.occurrence) for alert in alerts.for_ids(tx, [1, 2, 3])] == [
            (Event.EDITED, "1"),
            (Event.EDITED, "2"),
        ]

    def test_what_an_engine_error_marks_stays_marked(self, tx: Transaction) -> None:
        tell(tx, place(tx), Match("plenum", "v1", error="the expression could not be evaluated"))
        assert alerts.for_ids(tx, [1])[0].match.error == "the expression could not be evaluated"

    def test_it_records_what_is_known_of_the_archive_in_silence(self, tx: Transaction) -> None:
        first, second = place(tx), place(tx, "two")
        tell(tx, first)
        alerts.record_known(tx, [(match(), first), (match(), second), (match(), second)], Event.NEW, NOW)
        alerts.record_known(tx, [], Event.NEW, NOW)
        assert alerts.known(tx, [first.id, second.id]) == {
            ("plenum", 1, Event.NEW, ""),
            ("plenum", 2, Event.NEW, ""),
        }
        assert alerts.unheard(tx, [first.id, second.id]) == {("plenum", 2, Event.NEW, "")}
        assert tell(tx, second).alert
        assert tell(tx, second).alert is None


class TestKnown:
    def test_it_knows_the_matches_of_the_dispatches_asked_for_only(self, tx: Transaction) -> None:
        first, second = place(tx), place(tx, "two")
        tell(tx, first)
        tell(tx, first, match("sectors"))
        tell(tx, second)
        assert alerts.known(tx, [first.id]) == {("plenum", 1, Event.NEW, ""), ("sectors", 1, Event.NEW, "")}
        assert alerts.known(tx, []) == set()

    def test_what_a_merged_dispatch_raised_is_known_of_the_one_it_became(self, tx: Transaction) -> None:
        older, younger = merged(tx)
        assert alerts.known(tx, [older.id]) == {("plenum", older.id, Event.NEW, "")}
        (alert,) = alerts.for_ids(tx, [1])
        assert (alert.dispatch.id, alert.dispatch.body) == (older.id, younger.body)


def merged(tx: Transaction) -> tuple[Dispatch, Dispatch]:
    """Two dispatches, of which the younger raised an alert before it was merged into the older."""
    older = place(tx, "older", body="The meeting")
    younger = place(tx, "younger")
    tell(tx, younger)
    return place(tx, "older", older, change=Change.GROWN, absorbed=younger), younger


class TestStories:
    def test_the_first_alert_opens_a_story_and_the_next_match_joins_it(self, tx: Transaction) -> None:
        opened = tell(tx, place(tx), story=opening())
        assert opened.story == replace(opening(), id=1)
        assert opened.alert
        assert opened.alert.story == 1
        assert alerts.open_stories(tx, ["plenum"], NOW) == [opened.story]
        joined = follow(tx, place(tx, "two"), replace(opened.story, last_match_at=LATER))
        assert alerts.open_stories(tx, ["plenum"], NOW) == [joined.story]
        assert count(tx, schema.stories) == 1

    def test_it_gives_the_stories_of_the_rules_asked_for(self, tx: Transaction) -> None:
        tell(tx, place(tx), story=opening("2"))
        tell(tx, place(tx, "two"), story=opening("3"))
        tell(tx, place(tx, "three"), match("sectors"), replace(opening(), rule="sectors"))
        assert [story.per for story in alerts.open_stories(tx, ["plenum"], NOW)] == ["2", "3"]
        assert alerts.open_stories(tx, [], NOW) == []

    def test_one_that_opened_more_than_thirty_days_ago_is_over(self, tx: Transaction) -> None:
        story = tell(tx, place(tx), story=opening()).story
        assert story
        month = timedelta(days=30)
        follow(tx, place(tx, "two"), replace(story, last_match_at=NOW + month))
        assert len(alerts.open_stories(tx, ["plenum"], NOW + month)) == 1
        assert alerts.open_stories(tx, ["plenum"], NOW + month + timedelta(seconds=1)) == []


class TestListing:
    def test_the_newest_comes_first_and_drafts_only_when_asked_for(self, tx: Transaction) -> None:
        for name, created_at, draft in (("a", NOW, False), ("b", LATER, True), ("c", LATER, False)):
            tell(tx, place(tx, name), created_at=created_at, draft=draft)
        assert [record.alert.id for record in alerts.listing(tx, 10)] == [3, 1]
        assert [record.alert.id for record in alerts.listing(tx, 10, drafts=True)] == [3, 2, 1]
        assert [record.alert.id for record in alerts.listing(tx, 1)] == [3]

    def test_it_shows_the_text_that_the_alert_was_made_on(self, tx: Transaction) -> None:
        dispatch = place(tx)
        tell(tx, dispatch)
        place(tx, "one", dispatch, change=Change.EDITED, headline="Meeting Over", body="Nothing was said.")
        (record,) = alerts.listing(tx, 10)
        shown = record.alert.dispatch
        assert (shown.headline, shown.body) == (HEADLINE, BODY)
        assert [version.body for version in shown.versions] == [BODY, "Nothing was said."]
        assert shown.body[39:43] == "coal"

    def test_it_shows_the_headline_that_the_rule_read_on_another_surface(self, tx: Transaction) -> None:
        dispatch = place(tx)
        tell(tx, replace(dispatch, headline="Plenary Meeting Held in Pyongyang"))
        shown = alerts.listing(tx, 10)[0].alert.dispatch
        assert (shown.headline, shown.body) == ("Plenary Meeting Held in Pyongyang", BODY)

    def test_it_shows_how_far_an_alert_got_to_each_target(self, tx: Transaction) -> None:
        tell(tx, place(tx))
        desks = add_targets(tx, 2)
        outbox.enqueue(tx, [Notification(1, target, due_at=NOW) for target in desks])
        outbox.freeze(tx, words(desks[1]), [1])
        outbox.settle_sent(tx, outbox.claim(tx, NOW, LEASE, desks, (), 8)[0], "accepted", LATER)
        record = alerts.get(tx, 1)
        assert record
        assert record.deliveries == (
            Delivery("desk", "desk 0", Status.SENT, 1, "accepted", LATER),
            Delivery("desk", "desk 1", Status.PENDING),
        )

    def test_what_followed_in_the_story_is_listed_once_with_its_alert(self, tx: Transaction) -> None:
        first, second, third = (place(tx, name) for name in ("one", "two", "three"))
        story = tell(tx, first, story=opening()).story
        follow(tx, third, story)
        follow(tx, second, story)
        follow(tx, second, story, Event.EDITED)
        follow(tx, first, story, Event.EDITED)
        other = tell(tx, place(tx, "four"), story=opening("3"))
        assert [record.follow_ups for record in alerts.listing(tx, 10)] == [(), (third, second)]
        assert other.story
        assert other.story.id == 2

    def test_it_asks_as_many_questions_for_many_alerts_as_for_one(self, store: Store) -> None:
        with store.write() as tx:
            for number in range(20):
                story = tell(tx, place(tx, f"a {number}"), story=opening(str(number))).story
                follow(tx, place(tx, f"b {number}"), story)
        assert len(statements(store, 1)) == len(statements(store, 20))

    def test_there_is_no_alert_of_an_unknown_id(self, tx: Transaction) -> None:
        assert alerts.get(tx, 1) is None
        assert alerts.for_ids(tx, []) == []
        assert alerts.listing(tx, 10) == []


def statements(store: Store, limit: int) -> Sequence[str]:
    """What a listing asks the database."""
    asked: list[str] = []
    with store.read() as tx:
        sa.event.listen(tx, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert len(alerts.listing(tx, limit)) == limit
    return asked

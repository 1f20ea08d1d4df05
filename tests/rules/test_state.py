from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import dispatch

from watcher.model import Event, Evidence, Match, Occasion, RuleText, Severity, Story
from watcher.rules.condition import AllOf, Condition
from watcher.rules.rule import Rule
from watcher.rules.state import ALERT_KINDS, decide, is_open, same_number

NOW = datetime(2026, 6, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ONCE = "once per story"


def a_rule(alert: str = ONCE, per: str = "", **keys: Any) -> Rule:
    text = RuleText("plenum", "1", "rules/x.yaml", "")
    return Rule(
        "plenum",
        "1",
        "A title",
        Condition(AllOf(())),
        text,
        "Because.",
        Severity.HIGH,
        alert=alert,
        per=per,
        **keys,
    )


def a_match(**captured: str) -> Match:
    return Match("plenum", "1", captured=captured)


def an_occasion(event: Event = Event.NEW, **keys: Any) -> Occasion:
    return Occasion(dispatch("Coal"), event, **keys)


def a_story(per: str = "", last: datetime = NOW - DAY, opened: datetime | None = None, **keys: Any) -> Story:
    return Story("plenum", per, opened or last, last, timedelta(days=3), **{"id": 7, **keys})


def test_it_knows_the_two_sentences_of_this_version():
    assert list(ALERT_KINDS) == ["every dispatch", "once per story"]


def test_every_dispatch_gives_an_alert_that_says_all_there_is():
    occasion = an_occasion(Event.EDITED, occurrence="12", old=True)
    found = decide(
        a_rule("every dispatch", events={Event.EDITED}), a_match(a="b"), occasion, [a_story()], NOW
    )
    assert found.story is None
    alert = found.alert
    assert alert
    assert (alert.match, alert.dispatch, alert.event) == (a_match(a="b"), occasion.dispatch, Event.EDITED)
    assert (alert.severity, alert.title, alert.why) == (Severity.HIGH, "A title", "Because.")
    assert (alert.created_at, alert.occurrence, alert.old, alert.draft) == (NOW, "12", True, False)


def test_the_first_match_opens_a_story_and_alerts():
    found = decide(a_rule(), a_match(), an_occasion(), [], NOW)
    assert found.alert
    assert found.story == Story("plenum", "", NOW, NOW, timedelta(days=3))


def test_the_next_match_follows_without_an_alert():
    found = decide(a_rule(), a_match(), an_occasion(), [a_story()], NOW)
    assert found.alert is None
    assert found.story
    assert (found.story.id, found.story.opened_at, found.story.last_match_at) == (7, NOW - DAY, NOW)


@pytest.mark.parametrize(
    ("last", "opened", "joins"),
    [
        (NOW - 3 * DAY, NOW - 3 * DAY, True),
        (NOW - 3 * DAY - timedelta(seconds=1), NOW - 4 * DAY, False),
        (NOW - DAY, NOW - 30 * DAY + timedelta(seconds=1), True),
        (NOW - DAY, NOW - 30 * DAY, False),
    ],
)
def test_a_story_is_open_until_it_was_quiet_and_for_thirty_days_at_most(last, opened, joins):
    story = a_story(last=last, opened=opened)
    found = decide(a_rule(), a_match(), an_occasion(), [story], NOW)
    assert (found.alert is None) is joins
    assert is_open(story, NOW) is joins


def test_another_value_is_another_story():
    stories = [a_story("11")]
    rule = a_rule(per="session")
    assert decide(rule, a_match(session="11"), an_occasion(), stories, NOW).alert is None
    other = decide(rule, a_match(session="12"), an_occasion(), stories, NOW)
    assert other.alert
    assert other.story
    assert (other.story.per, other.story.id) == ("12", 0)


def test_commentary_on_the_tenth_cannot_hide_the_eleventh():
    stories = [a_story("10", last=NOW), a_story("", last=NOW, id=8)]
    assert decide(a_rule(per="session"), a_match(session="11"), an_occasion(), stories, NOW).alert


def test_without_a_value_it_joins_the_open_story_that_was_matched_last():
    stories = [
        a_story("10", last=NOW - DAY, id=1),
        a_story("11", last=NOW, id=2),
        a_story("9", last=NOW - 9 * DAY, id=3),
    ]
    found = decide(a_rule(per="session"), a_match(), an_occasion(), stories, NOW)
    assert found.alert is None
    assert found.story
    assert (found.story.id, found.story.per) == (2, "11")


def test_without_a_value_and_without_a_story_it_opens_one():
    found = decide(a_rule(per="session"), a_match(), an_occasion(), [], NOW)
    assert found.alert
    assert found.story
    assert found.story.per == ""


def test_a_written_ordinal_is_the_same_session_as_its_digits():
    stories = [a_story("12")]
    for session in ("12", "12th", "Twelfth", "twelfth", "제12차".strip("제"), "012"):
        assert (
            decide(a_rule(per="session"), a_match(session=session), an_occasion(), stories, NOW).alert is None
        )


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("First", "1"),
        ("second", "2"),
        ("Nineteenth", "19"),
        ("Twentieth", "20"),
        ("Twenty-first", "21"),
        ("twenty ninth", "29"),
        ("Thirtieth", "30"),
        ("thirty-first", "31"),
        ("31st", "31"),
        ("12차", "12"),
        ("twenty-tenth", "twenty tenth"),
        ("First Half", "first half"),
        ("Hwanghae", "hwanghae"),
        ("", ""),
        ("-", ""),
    ],
)
def test_ordinals_become_digits_and_all_else_small_letters(value, same):
    assert same_number(value) == same


def test_it_counts_by_source_or_by_the_concepts_that_were_named():
    assert _per(a_rule(per="source"), a_match()) == "kcna-en"
    evidence = tuple(Evidence("body", "x", 0, 1, concept) for concept in ("metal", "coal", "", "metal"))
    assert _per(a_rule(per="concept"), Match("plenum", "1", evidence)) == "coal, metal"


def _per(rule: Rule, match: Match) -> str:
    story = decide(rule, match, an_occasion(), [], NOW).story
    assert story
    return story.per


@pytest.mark.parametrize("alert", list(ALERT_KINDS))
def test_a_baseline_is_known_and_nothing_more(alert):
    found = decide(a_rule(alert), a_match(), an_occasion(live=False), [a_story()], NOW)
    assert (found.alert, found.story, found.match) == (None, None, a_match())


@pytest.mark.parametrize("alert", list(ALERT_KINDS))
def test_an_event_that_the_rule_does_not_ask_for_raises_nothing(alert):
    found = decide(a_rule(alert), a_match(), an_occasion(Event.EDITED), [], NOW)
    assert (found.alert, found.story) == (None, None)


def test_an_engine_error_is_told_even_while_a_story_is_open():
    match = Match("plenum", "1", error="the rule failed")
    found = decide(a_rule(), match, an_occasion(), [a_story()], NOW)
    assert found.alert
    assert found.alert.match.error
    assert found.story is None


@pytest.mark.parametrize("alert", list(ALERT_KINDS))
def test_the_alert_of_a_draft_says_that_it_is_one(alert):
    found = decide(a_rule(alert, status="draft"), a_match(), an_occasion(), [], NOW)
    assert found.alert
    assert found.alert.draft


def test_what_a_draft_found_hides_nothing_when_the_rule_goes_live():
    draft, live = a_rule(status="draft"), a_rule()
    opened = decide(draft, a_match(), an_occasion(), [], NOW).story
    assert opened
    assert decide(draft, a_match(), an_occasion(), [opened], NOW).alert is None
    assert decide(live, a_match(), an_occasion(), [opened], NOW).alert


def test_the_stories_of_other_rules_are_not_its_own():
    other = Story("other", "", NOW, NOW, timedelta(days=3), 1)
    assert decide(a_rule(), a_match(), an_occasion(), [other], NOW).alert


MATCHES = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["", "10", "11th", "Eleventh"])), min_size=1, max_size=40
)


@given(MATCHES, st.integers(1, 60))
def test_every_match_is_told_or_follows_one_that_was_told_no_longer_ago_than_a_story_lasts(
    matches, quiet_hours
):
    rule = a_rule(per="session", quiet_after=timedelta(hours=quiet_hours))
    stories: dict[int, Story] = {}
    alerted: dict[int, datetime] = {}
    now = NOW
    for hours, session in matches:
        now += timedelta(hours=hours)
        captured = {"session": session} if session else {}
        found = decide(
            rule, Match("plenum", "1", captured=captured), an_occasion(), list(stories.values()), now
        )
        assert found.story
        if found.alert:
            number = len(stories) + 1
            assert found.story.id == 0
            assert not any(is_open(each, now) and each.per == found.story.per for each in stories.values())
        else:
            number = found.story.id
            assert now - stories[number].last_match_at <= rule.quiet_after
            assert now - alerted[number] < timedelta(days=30)
            assert not session or stories[number].per == same_number(session)
        alerted.setdefault(number, now)
        stories[number] = Story("plenum", found.story.per, alerted[number], now, rule.quiet_after, number)


@given(MATCHES)
def test_one_open_story_never_alerts_twice_for_the_same_value(matches):
    rule = a_rule(per="session", quiet_after=timedelta(days=29))
    stories: list[Story] = []
    told: list[str] = []
    for minutes, session in matches:
        now = NOW + timedelta(minutes=minutes)
        captured = {"session": session} if session else {}
        found = decide(rule, Match("plenum", "1", captured=captured), an_occasion(), stories, now)
        if found.alert and found.story:
            told.append(found.story.per)
            stories.append(Story("plenum", found.story.per, now, now, rule.quiet_after, len(stories) + 1))
    assert len(told) == len(set(told))

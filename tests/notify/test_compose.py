import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from notify_samples import NOW, make_alert

from watcher.model import LONG_AGO, Alert, Event, Message, Severity, Surface, Target
from watcher.notify.compose import BODY_LIMIT, compose, compose_notice
from watcher.notify.letter import TITLE_LIMIT

SEOUL = ZoneInfo("Asia/Seoul")
TARGET = Target("desk", "k", "mailto://here to ann@desk.example")


def composed(*alerts: Alert) -> Message:
    return compose(TARGET, alerts, SEOUL, NOW)


def test_one_alert_is_told_in_full() -> None:
    message = composed(make_alert())
    assert message.title == (
        "[CRITICAL] New plenary meeting of the WPK Central Committee: "
        "2nd Plenary Meeting of 8th WPK Central Committee Held (kcna-en)"
    )
    assert message.body == (
        "2nd Plenary Meeting of 8th WPK Central Committee Held\n"
        "Why: The full committee meets a few times a year and sets policy.\n"
        "\n"
        "Matched:\n"
        "  - 2nd »Plenary Meeting« of 8th »WPK Central Committee« Held\n"
        "  - Output of »coal« and »iron and steel« rose.\n"
        "  - »Construction« of houses goes on.\n"
        "Named: coal, metal, construction\n"
        "\n"
        "session: 2\n"
        "\n"
        "Link: https://kcna.example/1\n"
        "Source: kcna-en (Politics), kcna.example\n"
        "Also in: rodong-en https://rodong.example/9\n"
        "Day: 2024-08-04\n"
        "Seen: 2024-08-04 06:00 KST\n"
        "\n"
        "Rule: plenary-meeting, version 3f2a9c81d07…"
    )


def test_the_message_is_frozen_with_an_id_of_its_own() -> None:
    first, second = composed(make_alert()), composed(make_alert())
    assert re.fullmatch(r"<[0-9a-f]{32}@watcher>", first.message_id)
    assert first.message_id != second.message_id
    assert (first.severity, first.target, first.created_at, first.due_at) == (
        Severity.CRITICAL,
        TARGET,
        NOW,
        NOW,
    )
    assert compose(TARGET, [make_alert()], SEOUL, NOW, "<own@watcher>").message_id == "<own@watcher>"


@pytest.mark.parametrize(
    ("event", "title", "words"),
    [
        (Event.EDITED, "edited: ", "This dispatch was edited"),
        (Event.WITHDRAWN, "withdrawn: ", "This dispatch was withdrawn"),
        (Event.PROMOTED, "promoted: ", "This dispatch was promoted"),
    ],
)
def test_it_says_what_happened_to_the_dispatch(event: Event, title: str, words: str) -> None:
    later = datetime(2024, 8, 5, 1, 30, tzinfo=UTC)
    message = composed(make_alert(event=event, created_at=later, severity=Severity.LOW))
    assert message.title.startswith(f"New plenary meeting of the WPK Central Committee: {title}2nd")
    assert words in message.body
    assert "Seen: 2024-08-05 10:30 KST" in message.body


def test_what_is_old_doubtful_or_a_draft_is_marked() -> None:
    message = composed(make_alert(old=True, error="regex too large", draft=True))
    assert ": old: 2nd" in message.title
    assert "Old: it bears a day before" in message.body
    assert "Read with care: the rule could not be evaluated fully (regex too large)." in message.body
    assert "The rule is a draft." in message.body


def test_what_is_not_known_is_left_out() -> None:
    bare = make_alert(
        surfaces=(), day=None, headline="", body="", evidence=(), captured={}, why="", first_seen=LONG_AGO
    )
    assert composed(bare).body == (
        "(no headline)\n\nDay: it bears none\nSeen: 2024-08-04 06:00 KST\n\n"
        "Rule: plenary-meeting, version 3f2a9c81d07…"
    )


def test_many_places_are_counted() -> None:
    surfaces = tuple(Surface(f"source-{n}", f"https://x.example/{n}") for n in range(10))
    assert "Also in 3 more places" in composed(make_alert(surfaces=surfaces)).body


def test_several_alerts_are_summed_up_most_severe_first() -> None:
    low = make_alert(
        severity=Severity.LOW, title="Sectors named", rule="economic-sectors", headline="Coal mined"
    )
    message = composed(low, make_alert(), replace(low, old=True, id=7))
    assert message.title == (
        "[CRITICAL] 3 alerts: New plenary meeting of the WPK Central Committee: "
        "2nd Plenary Meeting of 8th WPK Central Committee Held, and 2 more"
    )
    assert message.severity is Severity.CRITICAL
    assert message.body.startswith(
        "3 alerts: 1 critical, 2 low\n"
        "2 × Sectors named\n"
        "1 × New plenary meeting of the WPK Central Committee\n"
        "\n"
        "[critical] 2nd Plenary Meeting of 8th WPK Central Committee Held\n"
        "    rule plenary-meeting, kcna-en, day 2024-08-04, seen 2024-08-04 06:00 KST\n"
        "    named: coal, metal, construction\n"
        "    https://kcna.example/1\n"
        "\n"
        "[low] Coal mined\n"
    )
    assert message.body.count("old") == 1


def test_a_flood_says_so_and_counts_what_did_not_fit() -> None:
    flood = [make_alert(old=True, headline=f"No. {n} " + "x" * 200, day=date(2020, 1, 1)) for n in range(400)]
    message = composed(*flood)
    assert message.title.startswith("[CRITICAL] 400 old alerts: ")
    assert "Each of them is old." in message.body
    assert len(message.body) <= BODY_LIMIT
    shown = message.body.count("[critical]")
    assert f"… and {400 - shown} more that did not fit here" in message.body


def test_odd_characters_and_lengths_become_sendable() -> None:
    nasty = "a\r\nBcc: eve@evil.example\x00\ud800\u202eevil\u2066" + "x" * 100_000
    message = composed(
        make_alert(headline=nasty, body=nasty, title=nasty, why=nasty, captured={nasty: nasty})
    )
    for text in (message.title, message.body):
        text.encode()
        assert not set(text) & set("\r\x00\u202e\u2066")
    assert "\n" not in message.title
    assert len(message.title) <= TITLE_LIMIT
    assert len(message.body) <= BODY_LIMIT
    assert message.title.endswith("(kcna-en)")


def test_a_notice_is_never_empty() -> None:
    notice = compose_notice(TARGET, "Source kcna-en is failing", "It answers 500.", NOW)
    assert (notice.title, notice.body) == ("Source kcna-en is failing", "It answers 500.")
    assert compose_notice(TARGET, "\n", "\x00", NOW).body

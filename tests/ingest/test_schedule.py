from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import FetchError, ParseError
from watcher.ingest.schedule import FLOOD, LONGEST_WAIT, failed, flooded, succeeded, unchanged
from watcher.model import Dispatch, Response, Source, Surface

NOW = datetime(2024, 8, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
JITTER = st.floats(0, 1)
SOURCE = Source("news", "http://news.example/rss", "news.example", every=timedelta(minutes=15))
RESPONSE = Response(SOURCE.url, 200, b"<rss/>", etag='"2"', last_modified="today")


def success(source: Source, response: Response = RESPONSE, **changes) -> Source:
    given = {
        "body_hash": "h2",
        "shows": True,
        "brought_news": False,
        "overlapped": None,
        "warning": "",
        "now": NOW,
        "jitter": 0.5,
    }
    return succeeded(source, response, **{**given, **changes})


def refusal(status: int | None = 503, retry_after: timedelta | None = None) -> FetchError:
    return FetchError("news", "It answered badly", status=status, retry_after=retry_after)


# --- a good poll


def test_a_good_poll_keeps_what_to_ask_with_next_time():
    after = success(replace(SOURCE, etag='"1"', last_modified="yesterday", body_hash="h1"))
    assert (after.etag, after.last_modified, after.body_hash) == ('"2"', "today", "h2")
    assert (after.polled_at, after.succeeded_at) == (NOW, NOW)


def test_an_answer_without_an_etag_leaves_none_behind():
    after = success(replace(SOURCE, etag='"1"', last_modified="yesterday"), Response(SOURCE.url, 200))
    assert (after.etag, after.last_modified) == ("", "")


@given(JITTER)
def test_a_good_poll_is_followed_by_the_next_after_the_interval_or_nearly(jitter):
    for after in (success(SOURCE, jitter=jitter), unchanged(SOURCE, NOW, jitter)):
        assert abs(after.next_poll_at - (NOW + SOURCE.every)) <= SOURCE.every / 20


def test_the_first_poll_that_shows_anything_is_the_baseline():
    silent = success(SOURCE, shows=False)
    assert silent.baselined_at is None
    assert success(silent).baselined_at == NOW


def test_a_baseline_is_laid_once():
    assert success(replace(SOURCE, baselined_at=NOW - HOUR)).baselined_at == NOW - HOUR


def test_news_are_dated():
    assert success(SOURCE, brought_news=True).news_at == NOW
    assert success(replace(SOURCE, news_at=NOW - HOUR)).news_at == NOW - HOUR


def test_a_good_poll_ends_every_trouble():
    troubled = replace(SOURCE, failures=7, error="no", warning="odd", not_before=NOW, gone_at=NOW)
    after = success(troubled)
    assert (after.failures, after.error, after.warning) == (0, "", "")
    assert (after.not_before, after.gone_at) == (None, None)


def test_an_unchanged_answer_ends_failures_and_keeps_the_rest():
    held = replace(SOURCE, etag='"1"', body_hash="h1", failures=3, error="no", warning="odd", overlaps=True)
    after = unchanged(held, NOW, 0.5)
    assert (after.failures, after.error, after.succeeded_at) == (0, "", NOW)
    assert (after.etag, after.body_hash, after.warning, after.overlaps) == ('"1"', "h1", "odd", True)
    assert after.baselined_at is None


# --- warnings


def test_the_parsers_warning_becomes_the_sources():
    assert success(SOURCE, warning="Something is wrong").warning == "Something is wrong"


def test_a_list_that_always_overlapped_and_no_longer_does_has_a_possible_gap():
    steady = success(SOURCE, overlapped=True)
    assert steady.overlaps
    assert steady.warning == ""
    after = success(steady, overlapped=False)
    assert "may have been missed" in after.warning
    assert success(after, overlapped=True).warning == ""


def test_a_list_that_never_overlapped_has_no_gap():
    assert success(SOURCE, overlapped=False).warning == ""


def test_a_poll_that_showed_nothing_says_nothing_of_gaps():
    after = success(replace(SOURCE, overlaps=True), overlapped=None, shows=False)
    assert after.warning == ""
    assert after.overlaps


def test_a_feed_that_moved_for_good_says_where():
    moved = replace(RESPONSE, moved_to="https://news.example/feed")
    assert success(SOURCE, moved).warning == (
        "It has moved for good; change its url to https://news.example/feed"
    )


def test_several_warnings_stand_one_after_the_other():
    moved = replace(RESPONSE, moved_to="https://news.example/feed")
    after = success(replace(SOURCE, overlaps=True), moved, overlapped=False, warning="It is odd")
    assert after.warning.count(". ") == 2


# --- a bad poll


def test_a_failure_is_counted_and_said():
    after = failed(replace(SOURCE, failures=2), refusal(), NOW, 0)
    assert (after.failures, after.error, after.polled_at) == (3, "It answered badly", NOW)


def test_a_failure_takes_nothing_over_and_forgets_nothing():
    held = replace(
        SOURCE,
        etag='"1"',
        last_modified="yesterday",
        body_hash="h1",
        succeeded_at=NOW - HOUR,
        baselined_at=NOW - HOUR,
        warning="odd",
        overlaps=True,
    )
    after = failed(held, ParseError("news", "no feed"), NOW, 0)
    kept = ("etag", "last_modified", "body_hash", "succeeded_at", "baselined_at", "warning", "overlaps")
    assert [getattr(after, name) for name in kept] == [getattr(held, name) for name in kept]


def test_the_wait_doubles_from_a_minute_to_six_hours():
    source, waits = SOURCE, []
    for _ in range(12):
        source = failed(source, refusal(), NOW, 0)
        waits.append((source.next_poll_at - NOW) / timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]


def test_a_source_polled_more_often_than_every_minute_begins_with_its_own_interval():
    quick = replace(SOURCE, every=timedelta(seconds=10))
    assert failed(quick, refusal(), NOW, 0).next_poll_at == NOW + timedelta(seconds=10)


@given(st.integers(0, 10_000), JITTER, st.timedeltas(timedelta(), timedelta(days=1)))
def test_no_wait_is_shorter_than_the_server_asks_for_or_much_longer_than_six_hours(failures, jitter, asked):
    after = failed(replace(SOURCE, failures=failures), refusal(429, asked), NOW, jitter)
    assert after.not_before == NOW + asked
    assert NOW + asked <= after.next_poll_at <= NOW + max(asked, LONGEST_WAIT * 1.1)
    assert after.next_poll_at > NOW


def test_a_later_failure_no_longer_waits_for_what_an_earlier_answer_asked():
    waiting = failed(SOURCE, refusal(429, HOUR), NOW, 0)
    assert failed(waiting, refusal(), NOW + HOUR, 0).not_before is None


def test_a_source_that_is_gone_says_so():
    after = failed(SOURCE, refusal(410), NOW, 0)
    assert (after.gone_at, after.not_before) == (NOW, NOW + timedelta(days=1))
    assert failed(after, refusal(410), NOW + timedelta(days=1), 0).gone_at == NOW
    assert failed(SOURCE, refusal(404), NOW, 0).gone_at is None


# --- floods


def bearing(day: date | None, count: int, start: int = 1) -> list[Dispatch]:
    return [
        Dispatch("o", f"{number}", "", (Surface("news"),), day=day, id=number)
        for number in range(start, start + count)
    ]


POLLED = replace(SOURCE, succeeded_at=NOW, timezone=ZoneInfo("UTC"))
LONG_BEFORE = date(2023, 1, 1)


def test_twenty_new_dispatches_that_bear_days_before_the_last_good_poll_are_a_flood():
    old = bearing(date(2024, 8, 4), FLOOD)
    assert flooded(POLLED, old) == frozenset(range(1, FLOOD + 1))


def test_nineteen_are_none():
    assert flooded(POLLED, bearing(LONG_BEFORE, FLOOD - 1)) == frozenset()


def test_only_the_old_ones_of_a_flood_are_old():
    old, fresh = bearing(LONG_BEFORE, FLOOD), bearing(date(2024, 8, 5), 3, start=100)
    assert flooded(POLLED, old + fresh) == frozenset(dispatch.id for dispatch in old)


@pytest.mark.parametrize("day", [None, date(2024, 8, 5), date(2024, 8, 6)])
def test_recent_days_and_unknown_ones_make_no_flood(day):
    assert flooded(POLLED, bearing(day, 50)) == frozenset()


def test_news_after_a_downtime_of_ours_is_no_flood():
    back_after_a_month = replace(POLLED, succeeded_at=NOW - timedelta(days=30))
    assert flooded(back_after_a_month, bearing(date(2024, 7, 20), 50)) == frozenset()


def test_a_first_poll_is_no_flood():
    assert flooded(SOURCE, bearing(LONG_BEFORE, 50)) == frozenset()


def test_the_day_of_the_last_good_poll_is_that_of_the_sources_time_zone():
    polled_at_night = replace(POLLED, succeeded_at=datetime(2024, 8, 5, 20, tzinfo=UTC))
    seoul = replace(polled_at_night, timezone=ZoneInfo("Asia/Seoul"))
    assert flooded(polled_at_night, bearing(date(2024, 8, 5), 20)) == frozenset()
    assert len(flooded(seoul, bearing(date(2024, 8, 5), 20))) == 20


def test_where_the_time_zone_is_unknown_the_day_before_is_recent_too():
    unknown = replace(POLLED, timezone=None)
    assert flooded(unknown, bearing(date(2024, 8, 4), 50)) == frozenset()
    assert len(flooded(unknown, bearing(date(2024, 8, 3), 50))) == 50

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.dates import read_date

SEOUL = ZoneInfo("Asia/Seoul")
CHICAGO = ZoneInfo("America/Chicago")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2024, 8, 5)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 8, 5, hour, minute, second, tzinfo=UTC)


def test_2024_01_15_is_the_15th_of_january():
    assert read_date("2024.01.15", None) == (date(2024, 1, 15), None)
    assert read_date("2024.01.02", None) == (date(2024, 1, 2), None)


@pytest.mark.parametrize(
    "text",
    [
        "2024-08-05",
        "2024.8.5",
        "2024.08.05.",
        "[2024.8.5.]",
        "2024. 8. 5.",
        "2024/08/05",
        "20240805",
        "2024년 8월 5일",
        "2024年8月5日",
        "5 Aug 2024",
        "05-Aug-2024",
        "Mon, 5 August 2024",
        "Monday, 05 Aug 24",
        "August 5, 2024",
        "Aug. 5 2024",
        "Juche113.8.5.",
        "(Juche 113 (2024). 8. 5.)",
        "주체113(2024)년 8월 5일",
        "  2024-08-05\n",
    ],
)
def test_a_date_without_a_time_stays_a_day(text):
    assert read_date(text, None) == (DAY, None)
    assert read_date(text, SEOUL) == (DAY, None)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-08-05T09:30:00Z", at(9, 30)),
        ("2024-08-05T09:30:00.123456+00:00", at(9, 30)),
        ("2024-08-05 18:30 +0900", at(9, 30)),
        ("20240805T093000Z", at(9, 30)),
        ("Mon, 05 Aug 2024 09:30:00 GMT", at(9, 30)),
        ("Mon, 05 Aug 2024 09:30:00 +0100", at(8, 30)),
        ("Mon, 05 Aug 2024 09:30:00 EDT", at(13, 30)),
        ("5 Aug 2024 09:30:59 -0000 (UTC)", at(9, 30, 59)),
        ("Mon Aug  5 18:30:00 KST 2024", at(9, 30)),
        ("2024.08.05 18:30 KST", at(9, 30)),
        ("2024-08-05T23:59:60Z", at(23, 59, 59)),
        ("2024-08-05T09-07", None),
    ],
)
def test_a_time_with_its_offset_is_an_instant(text, instant):
    assert read_date(text, None)[1] == instant


def test_a_time_without_an_offset_is_in_the_sources_zone():
    assert read_date("2024-08-05 18:30", SEOUL) == (DAY, at(9, 30))


def test_a_time_without_an_offset_or_a_zone_is_a_day_only():
    assert read_date("2024-08-05 18:30", None) == (DAY, None)


def test_the_day_is_the_one_in_the_sources_zone():
    assert read_date("2024-08-04T21:00:00Z", SEOUL) == (DAY, datetime(2024, 8, 4, 21, tzinfo=UTC))


def test_where_the_zone_is_unknown_the_day_is_the_one_that_is_written():
    assert read_date("2024-08-05T06:00:00+09:00", None) == (DAY, datetime(2024, 8, 4, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["2024-08-05 10:00 CST", "Mon, 05 Aug 2024 10:00:00 IST", "2024-08-05 10:00 PM"]
)
def test_a_zone_with_several_meanings_leaves_the_day(text):
    assert read_date(text, None) == (DAY, None)


def test_a_zone_with_several_meanings_is_the_sources_if_that_goes_by_its_name():
    winter = "Mon, 05 Feb 2024 10:00:00 CST"
    assert read_date(winter, CHICAGO)[1] == datetime(2024, 2, 5, 16, tzinfo=UTC)
    assert read_date(winter, SHANGHAI)[1] == datetime(2024, 2, 5, 2, tzinfo=UTC)
    assert read_date(winter, SEOUL) == (date(2024, 2, 5), None)


@pytest.mark.parametrize(
    "text",
    [
        "01/02/2024",
        "1.2.2024",
        "01-02-2024",
        "01/02/03",
        "8/5",
        "August 2024",
        "2024",
        "yesterday",
        "2 hours ago",
        "2024-13-01",
        "2024-02-30",
        "2024.01/15",
        "0000-00-00",
        "2500-01-01",
        "0024-08-05",
        "2024-08-05" + " " * 50 + "x" * 200,
        "",
    ],
)
def test_what_is_ambiguous_or_impossible_is_unknown(text):
    assert read_date(text, SEOUL) == (None, None)


@pytest.mark.parametrize("text", ["2024-08-05 24:00Z", "2024-08-05 09:60Z", "2024-08-05 09:30 +99:00"])
def test_an_impossible_time_leaves_the_day(text):
    assert read_date(text, None) == (DAY, None)


@given(DAYS)
def test_every_way_to_write_a_day_year_first_gives_that_day(day):
    for form in ("%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%d %b %Y", "%B %d, %Y"):
        assert read_date(day.strftime(form), None) == (day, None)


@given(
    st.datetimes(datetime(1950, 1, 2), datetime(2150, 1, 1)),  # noqa: DTZ001 - the zone comes with the offset
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_survives_any_offset(moment, offset):
    sign, length = "-" if offset < 0 else "+", abs(offset)
    moment = moment.replace(microsecond=0)
    text = f"{moment.isoformat()}{sign}{length // 60:02}:{length % 60:02}"
    expected = (moment - timedelta(minutes=offset)).replace(tzinfo=UTC)
    assert read_date(text, None) == (moment.date(), expected)


@given(st.text() | st.from_regex(r"[0-9A-Za-z :.,+/()-]{0,40}", fullmatch=True))
def test_no_text_breaks_it(text):
    for zone in (None, SEOUL):
        day, instant = read_date(text, zone)
        assert day is not None or instant is None
        assert instant is None or instant.tzinfo is UTC

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from watcher.ingest.headers import basic, first_headers, header_fault, http_date, retry_after, token
from watcher.model import Source

NOW = datetime(2024, 8, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = Source("news", "http://news.example/", "news.example")


@given(st.text())
def test_no_date_of_a_server_can_break_anything(value):
    moment = http_date(value)
    assert moment is None or moment.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 05 Aug 2024 06:00:00 GMT", NOW),
        ("Mon, 05 Aug 2024 08:00:00 +0200", NOW),
        ("Mon, 05 Aug 2024 06:00:00 -0000", NOW),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("05.08.2024", None),
        ("", None),
    ],
)
def test_an_http_date_is_an_instant_or_nothing(value, moment):
    assert http_date(value) == moment


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", timedelta()),
        (" 60 ", timedelta(minutes=1)),
        ("86401", DAY),
        ("9" * 400, DAY),
        ("Mon, 05 Aug 2024 06:01:00 GMT", timedelta(minutes=1)),
        ("Sun, 04 Aug 2024 06:01:00 GMT", timedelta()),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("-1", None),
        ("1.5", None),
        ("\u0661", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(value, wait):
    assert retry_after(value, NOW) == wait


@given(st.text())
def test_retry_after_is_never_negative_nor_more_than_a_day(value):
    wait = retry_after(value, NOW)
    assert wait is None or timedelta() <= wait <= DAY


@pytest.mark.parametrize("value", ['W/"1"', "Mon, 05 Aug 2024 06:00:00 GMT"])
def test_a_proper_token_is_kept(value):
    assert token(value) == value


@pytest.mark.parametrize("value", [None, "", "a\r\nb", "a\0", "é", "x" * 1001])
def test_a_token_that_could_not_be_sent_back_is_not_kept(value):
    assert token(value) == ""


def test_the_first_request_says_what_we_hold():
    held = replace(SOURCE, etag='"1"', last_modified="yesterday", headers={"X-Key": "k"})
    assert first_headers(held, URL(held.url)) == {
        "X-Key": "k",
        "If-None-Match": '"1"',
        "If-Modified-Since": "yesterday",
    }


def test_credentials_of_the_address_become_a_header():
    assert basic(URL("http://ann:p%40s@news.example/")) == "Basic YW5uOnBAcw=="
    url = URL("http://ann@news.example/")
    assert "Authorization" in first_headers(SOURCE, url)
    own = replace(SOURCE, headers={"authorization": "Bearer x"})
    assert first_headers(own, url) == {"authorization": "Bearer x"}


@pytest.mark.parametrize(
    "headers", [{"X Y": "1"}, {"X:": "1"}, {"Host": "h"}, {"CONTENT-LENGTH": "1"}, {"X": "a\nb"}, {"X": "\0"}]
)
def test_headers_that_must_not_be_sent_are_named(headers):
    fault = header_fault(headers)
    assert fault is not None
    assert fault.endswith(("it out", "may hold"))


def test_other_headers_may_be_sent():
    assert header_fault({"X-Key": "a\tb é", "Accept": "*/*"}) is None

import io
import random
import socket
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from feed_samples import EXPECTED, FEEDS, REFUSED, SOURCE, WARNED, read, respond, shown_by
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from odd_feeds import damaged, feeds, in_pieces, unmarked, whole

from watcher.errors import ParseError
from watcher.ingest import feed
from watcher.ingest.feed import read_feed
from watcher.model import Dispatch, Listing

NONE = frozenset[str]()


@pytest.fixture(autouse=True)
def _without_feedparsers_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def listing(body: bytes, seen: frozenset[str] = NONE) -> Listing:
    return read_feed(SOURCE, respond(body), seen)


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>t</title>{''.join(items)}</channel></rss>".encode()


def characters(dispatch: Dispatch) -> str:
    links = "".join(surface.link + surface.section for surface in dispatch.surfaces)
    return dispatch.headline + dispatch.body + dispatch.author + dispatch.language + links


def is_fit(text: str) -> bool:
    """No NUL, no control character but a line's end, no lone surrogate."""
    return not any(
        (each < " " and each != "\n") or "\x7f" <= each <= "\x9f" or "\ud800" <= each <= "\udfff"
        for each in text
    )


# --- the samples


def test_every_sample_is_accounted_for():
    named = EXPECTED.keys() | REFUSED.keys() | {"entity-bomb.xml"}
    assert named == {path.name for path in FEEDS.iterdir()}


@pytest.mark.parametrize("name", EXPECTED)
def test_it_reads_each_sample(name):
    found = listing(read(name))
    assert [shown_by(dispatch) for dispatch in found.dispatches] == EXPECTED[name]
    assert all(dispatch.mark in found.marks for dispatch in found.dispatches)
    assert {dispatch.outlet for dispatch in found.dispatches} <= {SOURCE.outlet}


@pytest.mark.parametrize("name", REFUSED)
def test_it_says_why_a_sample_is_no_feed(name):
    with pytest.raises(ParseError) as caught:
        listing(read(name))
    assert REFUSED[name] in str(caught.value)
    assert caught.value.source == SOURCE.name


@pytest.mark.parametrize("name", EXPECTED)
def test_it_warns_of_what_is_wrong_with_a_sample(name):
    warning = listing(read(name)).warning
    assert (WARNED.get(name, "no warning") in warning) == (name in WARNED)
    assert bool(warning) == (name in WARNED)


# --- parsing in pieces equals a whole parse


@pytest.mark.parametrize("name", EXPECTED)
def test_pieces_of_a_sample_say_what_the_whole_says(name):
    body = read(name)
    assert unmarked(listing(body).dispatches) == whole(body)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_seen_of_a_sample_is_not_read_again_and_the_rest_is(name):
    body = read(name)
    full = listing(body)
    for seen in (frozenset(full.marks[::2]), frozenset(full.marks[1::2]), frozenset(full.marks), NONE):
        again = listing(body, seen)
        assert again.marks == full.marks
        assert list(again.dispatches) == [each for each in full.dispatches if each.mark not in seen]


@given(feeds())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_pieces_of_any_feed_say_what_the_whole_says(body):
    assume(in_pieces(body))
    assert unmarked(listing(body).dispatches) == whole(body)


@given(feeds(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_half_of_any_feed_is_read_when_the_other_half_was_seen(body, chance):
    full = _or_refused(body)
    assume(full.marks)
    seen = frozenset(mark for mark in full.marks if chance.random() < 0.5)
    again = listing(body, seen)
    assert again.marks == full.marks
    assert list(again.dispatches) == [each for each in full.dispatches if each.mark not in seen]


@given(st.randoms(use_true_random=False))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
def test_pieces_of_a_damaged_sample_say_what_the_whole_says(chance):
    body = damaged(chance)
    full = _or_refused(body)
    if in_pieces(body):
        with suppress(ParseError):  # what feedparser cannot read as a whole may still have sound pieces
            assert unmarked(full.dispatches) == whole(body)


def _or_refused(body: bytes) -> Listing:
    try:
        return listing(body)
    except ParseError:
        return Listing((), ())


def test_one_item_that_changes_is_the_only_one_read():
    items = [
        f"<item><title>T{number}</title><link>http://m.example/{number}</link></item>" for number in range(9)
    ]
    before = listing(rss(*items))
    items[4] = items[4].replace("T4", "T4 corrected")
    after = listing(rss("<lastBuildDate>now</lastBuildDate>", *items), frozenset(before.marks))
    assert [dispatch.headline for dispatch in after.dispatches] == ["T4 corrected"]


def test_what_an_item_is_read_with_is_part_of_its_mark():
    body = rss("<item><title>T</title><pubDate>2024-08-05 18:30</pubDate></item>")
    plain = read_feed(SOURCE, respond(body), NONE)
    for changed in (
        replace(SOURCE, timezone=ZoneInfo("Asia/Seoul")),
        replace(SOURCE, language="ko"),
        replace(SOURCE, outlet="other"),
    ):
        assert read_feed(changed, respond(body), frozenset(plain.marks)).dispatches


def test_only_the_new_items_that_are_unusual_reach_feedparser(monkeypatch):
    unusual = [f"<item><title>T{number}</title><enclosure url='x'/></item>" for number in range(50)]
    body = rss(*unusual, *(f"<item><title>U{number}</title></item>" for number in range(50)))
    full = listing(body)
    documents = []
    parse = feedparser.parse
    monkeypatch.setattr(feed.feedparser, "parse", lambda stream, **how: _kept(documents, stream, parse, how))
    listing(body, frozenset(full.marks))
    assert documents == []
    listing(body, frozenset(full.marks[1:]))
    assert [document.count(b"<item>") for document in documents] == [1]


def _kept(documents, stream, parse, how):
    documents.append(stream.getvalue())
    return parse(stream, **how)


# --- what a source says and what is said of it


def test_the_sources_language_counts_before_the_feeds():
    body = read("rss20-full.xml")
    found = read_feed(replace(SOURCE, language="ko"), respond(body), NONE)
    assert {dispatch.language for dispatch in found.dispatches} == {"ko"}


def test_days_are_those_of_the_sources_time_zone():
    in_pyongyang = replace(SOURCE, timezone=ZoneInfo("Asia/Pyongyang"))
    found = read_feed(in_pyongyang, respond(read("rss20-kcna-like.xml")), NONE)
    assert found.dispatches[-1].day == date(2024, 8, 6)


def test_an_item_that_feedparser_cannot_read_costs_only_itself(monkeypatch):
    parse = feedparser.parse

    def fail_on_odd(stream, **how):
        if b"odd" in stream.getvalue():
            raise OverflowError
        return parse(stream, **how)

    monkeypatch.setattr(feed.feedparser, "parse", fail_on_odd)
    found = listing(rss(*(f"<item><title>{text}</title><body/></item>" for text in ("one", "odd"))))
    assert [dispatch.headline for dispatch in found.dispatches] == ["one"]
    assert "some of its items cannot be read" in found.warning


def test_feedparser_failing_on_the_whole_is_an_error_in_words(monkeypatch):
    def fail(*_, **__):
        raise OverflowError

    monkeypatch.setattr(feed.feedparser, "parse", fail)
    with pytest.raises(ParseError, match="OverflowError"):
        listing(read("mismatched.xml"))


# --- nothing is opened, nothing is let in


@pytest.fixture
def sealed(monkeypatch) -> list[object]:
    """Every file or connection that is opened, which must be none."""
    opened: list[object] = []

    def refuse(*arguments, **_):
        opened.append(arguments)
        raise AssertionError(f"opened {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    return opened


@pytest.mark.parametrize(
    "body",
    [
        b"/etc/passwd",
        b"http://127.0.0.1:1/feed.xml",
        b"file:///etc/passwd",
        b"feed:http://127.0.0.1:1/",
        str(Path(__file__).parents[1] / "data" / "feeds" / "rss092.xml").encode(),
    ],
)
def test_a_body_that_looks_like_a_path_or_an_address_is_never_opened(sealed, body):
    with pytest.raises(ParseError):
        listing(body)
    assert sealed == []


@pytest.fixture(params=["xxe.xml", "entity-bomb.xml"])
def explosive(request) -> bytes:
    return read(request.param)


def test_entities_neither_reach_out_nor_grow(explosive, sealed):
    found = listing(explosive)
    assert sealed == []
    for dispatch in found.dispatches:
        assert "root:" not in characters(dispatch)
        assert "AAAA" not in characters(dispatch)
        assert len(characters(dispatch)) < 5_000


def test_entities_of_a_feed_that_is_read_whole_neither_reach_out_nor_grow(explosive, sealed):
    found = listing(explosive.replace(b"</item>", b"<b></item>"))
    assert sealed == []
    assert all(
        "AAAA" not in characters(each) and "root:" not in characters(each) for each in found.dispatches
    )


@given(st.text(max_size=40))
def test_nothing_unfit_to_be_stored_ever_comes_out(text):
    markup = "".join(f"&#{ord(each)};" for each in text)
    body = f"<item><title>{markup}</title><author>{markup}</author><category>{markup}</category>"
    raw = text.encode("utf-8", "surrogatepass")
    found = listing(rss(body + "<description>x</description></item>").replace(b"<title>t", b"<title>" + raw))
    assert all(is_fit(characters(dispatch)) for dispatch in found.dispatches)


# --- fuzz


def test_no_damage_to_a_sample_can_break_it():
    fuzz(random.Random(2), 2_000)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_no_damage_in_a_long_run_can_break_it(seed):
    fuzz(random.Random(seed), 1_000)


def fuzz(chance: random.Random, count: int) -> None:
    for _ in range(count):
        for dispatch in _or_refused(damaged(chance)).dispatches:
            assert is_fit(characters(dispatch))

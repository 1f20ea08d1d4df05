"""What is read without feedparser is read as feedparser would read it."""

import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from feed_samples import FEEDS, SOURCE
from feedparser.datetimes import _parse_date
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_feeds import damaged, feeds, mutated
from plain_feeds import plain_feeds

from watcher.errors import ParseError
from watcher.ingest import feed
from watcher.ingest.charset import decode
from watcher.ingest.entry import Setting, dispatch_of
from watcher.ingest.plain import read_plain
from watcher.ingest.repair import with_sound_references, without_preamble
from watcher.ingest.split import Piece, split
from watcher.model import Dispatch

SETTING = Setting(replace(SOURCE, timezone=ZoneInfo("Asia/Seoul")), "http://feed.example/dir/rss?x=1", "en")
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(autouse=True)
def _without_feedparsers_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def pieces(body: bytes) -> tuple[Piece, ...]:
    text, _ = without_preamble(decode(body)[0])
    cut = split(text.encode()) or split(with_sound_references(text).encode())
    return cut.pieces if cut else ()


def read(piece: Piece) -> tuple[Dispatch | None] | None:
    """What is read of one item without feedparser; None if it is declined."""
    plain = read_plain(piece.document)
    if plain is None or plain.entries == [None]:
        return None
    (entry,) = plain.entries
    return (dispatch_of(entry, SETTING, text=piece.raw.decode(), is_atom=plain.is_atom, mark="m"),)


def by_feedparser(piece: Piece) -> tuple[Dispatch | None]:
    return tuple(feed._by_feedparser({"m": piece}, SETTING).values())


def outcome(reader, group: Mapping[str, Piece]) -> Mapping[str, Dispatch | None] | str:
    """What the reader makes of pieces that stand together; the name of the error if one is odd."""
    try:
        return reader(group, SETTING)
    except (feed._OddItemError, ParseError) as error:
        return type(error).__name__


def check(body: bytes) -> tuple[int, int]:
    """Hold all items of a feed against feedparser, alone and together: how many there are, and were read."""
    cut = pieces(body)
    readings = [(piece, read(piece)) for piece in cut]
    for piece, found in readings:
        assert found is None or found == by_feedparser(piece), piece
    plain = {str(number): piece for number, piece in enumerate(cut) if piece.is_plain}
    for group in feed._groups(plain):
        assert outcome(feed._read_group, group) == outcome(feed._by_feedparser, group)
    return len(cut), sum(found is not None for _, found in readings)


def item(inner: str) -> tuple[Dispatch | None] | None:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:a="http://www.w3.org/2005/Atom"'
    document = f"<rss {spaces}><channel><item>{inner}</item></channel></rss>"
    assert check(document.encode())
    return read(pieces(document.encode())[0])


@pytest.mark.parametrize("path", sorted([*FEEDS.iterdir(), *SEEDS.glob("*.xml")]), ids=lambda path: path.name)
def test_samples_and_seeds_are_read_as_feedparser_reads_them(path):
    check(path.read_bytes())


@pytest.mark.parametrize("path", ["/rss.xml", "/rss/summary.xml", "/atom.xml"])
def test_every_real_dispatch_is_read_and_as_feedparser_reads_it(kcna_site, path):
    for day in kcna_site.days[::10]:
        kcna_site.day = day
        count, read_here = check(kcna_site.page(path, "http://kcna.example")[1].encode())
        assert count == read_here > 0


@pytest.mark.parametrize("name", ["kcna-en.xml", "kcna-ko.xml", "press-agency.xml"])
def test_every_item_of_the_seeds_is_read(name):
    count, read_here = check((SEEDS / name).read_bytes())
    assert count == read_here > 0


@pytest.mark.parametrize(
    "inner",
    [
        "<title>Tea &amp; cake</title><link>http://m.example/1</link>",
        "<title>T</title><guid>http://m.example/1</guid>",
        "<title>T</title><guid>http://m.example/1</guid><link>relative</link>",
        "<title>T</title><guid isPermaLink='false'>g</guid><link>http://m.example/1</link>",
        "<title><![CDATA[T]]></title><description><![CDATA[<p>D</p>]]></description>",
        "<title>T</title><a:author><a:name>Ann</a:name><a:email>ann@m.example</a:email></a:author>",
        "<title>T</title><dc:creator>Ann</dc:creator><category domain='d'>c</category><category>e</category>",
        "<title>T</title><link href='http://m.example/1'/><link rel='self' href='http://m.example/2'/>",
        "<title>T</title><pubDate>Mon, 05 Aug 2024 08:30:00 +0900</pubDate><dc:date>2024-08-05</dc:date>",
    ],
)
def test_the_usual_is_read(inner):
    assert item(inner) is not None


@pytest.mark.parametrize(
    "inner",
    [
        "<title>a</title><title>b</title>",
        "<title>&amp;eacute;</title>",
        "<title>&lt;b>bold&lt;/b></title>",
        "<title>caf\xc3\xa9</title>",
        "<title>&#150;</title>",
        "<title lang='de'>a</title>",
        "<title>a</title><enclosure url='http://m.example/a.mp3'/>",
        "<title>a</title><unknown>b</unknown>",
        "<title>a</title><link>http://m.example/1</link><link href='http://m.example/2'/>",
        "<title>a</title><link href='http://m.example/1'/><link>http://m.example/2</link>",
        "<title>a</title><link>http:////m.example/</link>",
        "<title>a</title><link>http://m.example/?a&amp;b;</link>",
        "<title>a</title><guid>http:////m.example/</guid>",
        "<title>a</title><link rel='alternate'>http://m.example/</link>",
        "<description>a</description><a:summary>b</a:summary>",
        "<a:content type='xhtml'>a</a:content>",
        "<a:content type='image/png'>aGFsbG8=</a:content>",
        "<a:content src='http://m.example/'/>",
        "<title>a</title><pubDate>2024.08.05</pubDate>",
        "<title>a</title><author>ann@m.example (Ann)</author>",
        "<title>a</title><author>Ann</author><dc:creator>Ben</dc:creator>",
        "<title>a</title><author><email>e</email></author>",
        "<title>a</title><author>x<name>y</name></author>",
        "<title>a</title><author><name>x</name><name>y</name></author>",
        "<title>a</title><category domain='d'/>",
        "<title>a</title><category term='t'>x</category>",
        "<title>a <b>b</b></title>",
        "<title>base = a</title>",
    ],
)
def test_what_feedparser_would_do_more_with_is_left_to_it(inner):
    assert item(inner) is None


@pytest.mark.parametrize(
    "opening",
    [
        "<rss xml:base='http://b.example/'><channel>",
        "<rss><channel href='http://c.example/'>",
        "<RSS><channel>",
        "<rss xmlns='http://backend.userland.com/rss2'><channel>",
        "<rss xmlns:dc='http://purl.org/rss/1.0/modules/content/'><channel>",
    ],
)
def test_what_stands_around_an_item_in_an_unusual_way_is_left_to_feedparser(opening):
    name = opening[1:4]
    document = f"{opening}<item><title>a</title></item></channel></{name}>".encode()
    assert pieces(document)
    assert check(document) == (1, 0)


def test_of_a_feed_only_what_is_unusual_is_left_to_feedparser():
    items = "".join(f"<item><title>{text}</title></item>" for text in ("a", "&amp;eacute;", "c"))
    assert check(f"<rss><channel>{items}</channel></rss>".encode()) == (3, 2)


# --- any feed


@given(plain_feeds())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_usual_feed_is_read_as_feedparser_reads_it(body):
    check(body)


@given(feeds())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_odd_feed_is_read_as_feedparser_reads_it(body):
    check(body)


@given(st.one_of(plain_feeds(), feeds()), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_damaged_feed_is_read_as_feedparser_reads_it(body, chance):
    check(mutated(body, chance))


@pytest.mark.campaign
@given(plain_feeds())
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_a_long_run_usual_feeds_are_read_as_feedparser_reads_them(body):
    check(body)


@pytest.mark.campaign
@given(st.one_of(plain_feeds(), feeds()), st.randoms(use_true_random=False))
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_a_long_run_damaged_feeds_are_read_as_feedparser_reads_them(body, chance):
    check(mutated(body, chance))


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(10))
def test_in_a_long_run_damaged_samples_are_read_as_feedparser_reads_them(seed):
    chance = random.Random(seed)
    for _ in range(1_000):
        check(damaged(chance))


# --- the dates that are read are dates on which feedparser does not fail

_zones = st.from_regex(r"\A(?:GMT|UTC|[+-][0-9]{4})\Z")
_clock = st.from_regex(r"\A[0-9]{2}:[0-9]{2}:[0-9]{2}\Z")
_month = st.one_of(st.sampled_from("Jan Feb Oct Dec Sat".split()), st.from_regex(r"\A[A-Z][a-z]{2}\Z"))
_day = st.from_regex(r"\A(?:(?:Mon|Sat|[A-Z][a-z]{2}), )?[0-9]{1,2}\Z")
_year = st.from_regex(r"\A[0-9]{4}\Z")
_iso = st.from_regex(
    r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?\Z"
)
_dates = st.one_of(st.tuples(_day, _month, _year, _clock, _zones).map(" ".join), _iso)


@given(_dates)
@settings(max_examples=500, deadline=None)
def test_feedparser_fails_on_no_date_of_the_usual_forms(written):
    _parse_date(written)
    assert item(f"<title>a</title><pubDate>{written}</pubDate>") is not None

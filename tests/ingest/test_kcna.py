"""The real dispatches of the agency, in the feeds its stand-in serves."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from memory import Memory

from watcher.ingest.parse import parse
from watcher.model import Change, Dispatch, Response, Source
from watcher.text import fold

SITE = "http://kcna.example"
SOURCE = Source("kcna", f"{SITE}/rss.xml", "kcna.example", timezone=ZoneInfo("Asia/Pyongyang"), language="en")
DAYS = ["2024-08-04", "2024-08-17", "2024-09-10", "2024-09-30"]


def one_line(text: str) -> str:
    return " ".join(text.split())


def paragraphs(text: str) -> str:
    return "\n".join(filter(None, map(one_line, text.split("\n"))))


def poll(kcna_site, path: str = "/rss.xml", seen: frozenset[str] = frozenset()):
    content_type, body = kcna_site.page(path, SITE)
    return parse(SOURCE, Response(SITE + path, 200, body.encode(), content_type), seen)


def in_words(dispatch: Dispatch) -> tuple:
    return dispatch.headline, dispatch.body, dispatch.link, dispatch.day


def as_written(kcna_site, item: dict, length: int | None) -> tuple:
    headline, text = one_line(item["headline"]), paragraphs((item["text"] or item["headline"])[:length])
    body = "" if fold(text) == fold(headline) else text
    day = date.fromisoformat(item["date"] or item["first_seen"])
    return headline, body, kcna_site.link(item, SITE), day


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    ("path", "length"), [("/rss.xml", None), ("/rss/summary.xml", 200), ("/atom.xml", None)]
)
def test_each_feed_gives_what_the_site_holds(kcna_site, day, path, length):
    kcna_site.day = day
    found = poll(kcna_site, path)
    items = kcna_site.visible()[:60]
    assert [in_words(each) for each in found.dispatches] == [
        as_written(kcna_site, item, length) for item in items
    ]
    assert found.warning == ""
    if "rss" in path:
        sections = [dispatch.surfaces[0].section for dispatch in found.dispatches]
        assert sections == [item["topic"] for item in items]


def test_a_walk_through_all_days_finds_each_text_once(kcna_site):
    memory, seen, texts = Memory(), frozenset[str](), set()
    for day in kcna_site.days:
        kcna_site.day = day
        found = poll(kcna_site, seen=seen)
        seen = frozenset(found.marks)
        memory.place_all(reversed(found.dispatches))
        texts.update(identity_of(item) for item in kcna_site.visible()[:60])
    assert len(memory.dispatches) == len(texts)
    reviews = [fold(each.body) for each in memory.dispatches.values() if each.headline == "Press Review"]
    assert len(set(reviews)) == len(reviews) > 20
    known = set(memory.dispatches)
    for day in kcna_site.days[::5]:
        kcna_site.day = day
        assert set(memory.place_all(reversed(poll(kcna_site).dispatches))) == {Change.SAME}
    assert set(memory.dispatches) == known


def identity_of(item: dict) -> tuple:
    """A long text is itself; a short one is its headline and day."""
    text = fold(item["text"])
    if len(text.split()) >= 40:
        return (text,)
    return fold(item["headline"]), item["date"] or item["first_seen"]


def test_the_summaries_of_a_day_are_the_dispatches_of_its_full_feed(kcna_site):
    kcna_site.day = DAYS[1]
    memory = Memory()
    memory.place_all(poll(kcna_site).dispatches)
    count = len(memory.dispatches)
    summaries = poll(kcna_site, "/rss/summary.xml").dispatches
    other = [
        replace(each, surfaces=tuple(replace(surface, source="kcna-summary") for surface in each.surfaces))
        for each in summaries
    ]
    assert set(memory.place_all(other)) == {Change.SAME}
    assert len(memory.dispatches) == count

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from feed_samples import SOURCE, URL

from watcher.ingest.entry import Setting, dispatch_of
from watcher.model import Dispatch

SETTING = Setting(SOURCE, URL, "en")


def html(value: str) -> dict[str, str]:
    return {"type": "text/html", "value": value}


def read(entry: dict, text: str = "", *, is_atom: bool = False) -> Dispatch:
    found = dispatch_of({"title": "T", **entry}, SETTING, text=text, is_atom=is_atom)
    assert found is not None
    return found


def test_an_item_without_headline_and_body_is_none():
    assert dispatch_of({"link": "http://m.example/1"}, SETTING, text="", is_atom=False) is None
    assert dispatch_of({"title": " ", "summary": "<p> </p>"}, SETTING, text="", is_atom=False) is None


def test_a_body_that_only_repeats_the_headline_is_none():
    assert read({"title": "Press Review", "summary": "<b>PRESS</b> review!"}).body == ""
    assert read({"title": "Press", "summary": "Press review"}).body == "Press review"


def test_the_fullest_of_the_contents_is_the_body():
    entry = {
        "summary": "short",
        "content": [html("<p>the whole text</p>"), {"type": "image/png", "value": "x" * 99}],
    }
    assert read(entry).body == "the whole text"


@pytest.mark.parametrize(
    ("kind", "is_atom", "body"),
    [
        ("text/html", True, "a b"),
        ("text/plain", True, "a <b>b</b>"),
        ("text/plain", False, "a b"),
        ("application/xhtml+xml", True, "a b"),
        ("", False, "a b"),
    ],
)
def test_tags_are_taken_out_where_they_are_markup(kind, is_atom, body):
    entry = {"content": [{"type": kind, "value": "a <b>b</b>"}]}
    assert read(entry, is_atom=is_atom).body == body


def test_every_category_is_a_surface_of_its_own():
    tags = [{"term": "port"}, {"term": "x", "label": "Sea "}, {"term": "port"}, {"term": None}, {}]
    surfaces = read({"link": "http://m.example/1", "tags": tags}).surfaces
    assert [(surface.link, surface.section) for surface in surfaces] == [
        ("http://m.example/1", "port"),
        ("http://m.example/1", "Sea"),
    ]


def test_categories_without_end_are_cut_off():
    assert len(read({"tags": [{"term": str(number)} for number in range(999)]}).surfaces) == 30


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        ({"link": "/1"}, "http://feed.example/1"),
        ({"link": "http://a.example/", "feedburner_origlink": "http://o.example/"}, "http://o.example/"),
        ({"link": "http://m.example/g", "guidislink": True}, "http://m.example/g"),
        ({"link": "http://m.example/other", "guidislink": True}, ""),
        (
            {"link": "urn:1", "guidislink": True, "links": [{"rel": "alternate", "href": "/p"}]},
            "http://feed.example/p",
        ),
        ({"links": [{"rel": "enclosure", "href": "/e"}]}, ""),
        ({"link": "javascript:x"}, ""),
        ({"link": None, "links": None}, ""),
    ],
)
def test_the_link_is_the_items_own_page(entry, link):
    assert read(entry, text="<guid>http://m.example/g</guid><id>urn:1</id>").link == link


def test_the_first_date_that_can_be_read_counts():
    entry = {"published": "06/07/2024", "updated": "2024-08-05T09:00:00Z", "created": "2020-01-01"}
    found = read(entry)
    assert (found.day, found.published) == (date(2024, 8, 5), datetime(2024, 8, 5, 9, tzinfo=UTC))


def test_the_day_is_in_the_sources_zone():
    setting = replace(SETTING, source=replace(SOURCE, timezone=ZoneInfo("Asia/Seoul")))
    found = dispatch_of({"title": "T", "updated": "2024-08-04T21:00:00Z"}, setting, text="", is_atom=True)
    assert found is not None
    assert found.day == date(2024, 8, 5)


@pytest.mark.parametrize(
    ("entry", "author"),
    [
        ({"author_detail": {"name": "Ann"}, "author": "a@b.example (Ann)"}, "Ann"),
        ({"author": "Ann\nSmith"}, "Ann Smith"),
        ({"author": {"odd": 1}}, ""),
        ({}, ""),
    ],
)
def test_the_author_is_a_name_on_one_line(entry, author):
    assert read(entry).author == author


def test_nothing_that_feedparser_may_give_breaks_it():
    odd = {
        "title": ["x"],
        "summary": None,
        "content": [{"value": 1}],
        "tags": [{"term": 2}],
        "link": {},
        "links": [{}],
    }
    assert dispatch_of(odd, SETTING, text="", is_atom=False) is None

"""The sample feeds of tests/data/feeds: what each of them shows, written down by hand from its text."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from watcher.model import Dispatch, Response, Source

FEEDS = Path(__file__).parents[1] / "data" / "feeds"
URL = "http://feed.example/rss"
SOURCE = Source("news", URL, "feed.example")


def read(name: str) -> bytes:
    return (FEEDS / name).read_bytes()


def respond(body: bytes, content_type: str = "") -> Response:
    return Response(URL, 200, body, content_type)


class Shown(NamedTuple):
    """What a reader would see of a dispatch."""

    headline: str
    body: str
    link: str
    sections: tuple[str, ...]
    author: str
    language: str
    day: date | None
    published: datetime | None


def shown(
    headline: str,
    *,
    body: str = "",
    link: str = "",
    sections: tuple[str, ...] = ("",),
    author: str = "",
    language: str = "",
    day: str = "",
    published: str = "",
) -> Shown:
    instant = datetime.fromisoformat(published).astimezone(UTC) if published else None
    bears = date.fromisoformat(day) if day else None
    return Shown(headline, body, link, sections, author, language, bears, instant)


def shown_by(dispatch: Dispatch) -> Shown:
    sections = tuple(surface.section for surface in dispatch.surfaces)
    return Shown(
        dispatch.headline,
        dispatch.body,
        dispatch.link,
        sections,
        dispatch.author,
        dispatch.language,
        dispatch.day,
        dispatch.published,
    )


EXPECTED = {
    "atom03.xml": [
        shown(
            "Tea & cake",
            link="http://a3.example/1",
            language="en",
            day="2024-08-05",
            published="2024-08-05T08:00:00Z",
        ),
    ],
    "atom10-prefixed.xml": [
        shown("Prefixed one", link="http://p.example/1", day="2024-08-05", published="2024-08-05T00:00:00Z"),
        shown("Prefixed two", link="http://p.example/2", day="2024-08-05", published="2024-08-05T00:00:00Z"),
    ],
    "atom10-video.xml": [
        shown(
            "Launch day",
            body="Clip of the launch.\nWith two lines.",
            link="http://v.example/1",
            author="V",
            day="2024-08-05",
            published="2024-08-05T10:00:00Z",
        ),
        shown(
            "Landing day",
            body="Clip of the landing.",
            link="http://v.example/2",
            day="2024-08-04",
            published="2024-08-04T10:00:00Z",
        ),
    ],
    "atom10.xml": [
        shown(
            "Ein fetter Titel",
            body="Erster Absatz.\nZweiter.",
            link="http://a.example/blog/eins",
            sections=("Hafen", "t2"),
            author="Eva",
            language="de",
            day="2024-08-05",
            published="2024-08-05T07:00:00Z",
        ),
        shown(
            "Zweiter: a <b> c",
            body="Zeile eins <i> bleibt\nZeile zwei",
            link="http://b.example/x/zwei",
            language="de",
            day="2024-08-04",
            published="2024-08-04T09:00:00Z",
        ),
        shown(
            "Dritter",
            body="nur über",
            link="http://a.example/blog/drei",
            language="de",
            day="2024-08-03",
            published="2024-08-03T09:00:00Z",
        ),
        shown(
            "Vierter",
            body="Schlicht",
            link="http://a.example/blog/vier",
            language="de",
            day="2024-08-02",
            published="2024-08-02T09:00:00Z",
        ),
    ],
    "bare-ampersand.xml": [
        shown("Salt & pepper — &unknown; ��", body="x & y © z", link="http://m.example/?a=1&b=2"),
        shown("Sound", link="http://m.example/2"),
    ],
    "blank-lines.xml": [
        shown("After blank lines", link="http://u.example/1"),
    ],
    "bom.xml": [
        shown("Marked bytes – first", link="http://u.example/1"),
    ],
    "cdata.xml": [
        shown("Bread and wine", body="bread\nwine", link="http://m.example/bread"),
        shown("Next", link="http://m.example/next"),
    ],
    "claims-utf8.xml": [
        shown("A café", link="http://w.example/1"),
    ],
    "controls.xml": [
        shown(
            "Bell and nul [31mred �", body="softhyphen, zerowidth, tab here…line", link="http://m.example/1"
        ),
    ],
    "cut-off.xml": [
        shown("Whole", body="All of it.", link="http://m.example/1"),
    ],
    "duplicates.xml": [
        shown("Twice", link="http://m.example/1"),
        shown("Once", link="http://m.example/2"),
    ],
    "empty-atom.xml": [],
    "empty-channel.xml": [],
    "euc-kr.xml": [
        shown(
            "전원회의 확대회의 진행",
            body="석탄과 철도운수 부문에서 똠방각하를 읽었다.",
            link="http://k.example/1",
            language="ko",
            day="2024-08-05",
        ),
    ],
    "items-outside.xml": [
        shown("Outside", link="http://m.example/1"),
    ],
    "leading-junk.xml": [
        shown("After a notice", link="http://u.example/1"),
    ],
    "leaking-summary.xml": [
        shown("Before", body="One.", link="http://l.example/1"),
        shown("After", body="Two.", link="http://l.example/2"),
    ],
    "mismatched.xml": [
        shown("Tags cross", body="One.", link="http://m.example/1"),
        shown("Second of the broken", body="Two.", link="http://m.example/2"),
    ],
    "nested-items.xml": [
        shown("Outer", link="http://m.example/1"),
        shown("Inner", link="http://m.example/2"),
        shown("After", link="http://m.example/3"),
    ],
    "odd-links.xml": [
        shown("Link 0"),
        shown("Link 1"),
        shown("Link 2", link="http://cdn.example/a"),
        shown("Link 3", link="http://feed.example/up?x=1#frag"),
        shown("Link 4", link="http://m.example/in"),
        shown("Link 5"),
        shown("Link 6"),
        shown("Link 7", link="https://m.example/perma?a=1&b=2"),
        shown("Link 8", link="http://m.example/spaced"),
        shown("Link 9"),
        shown("Link 10"),
    ],
    "one-bad-byte.xml": [
        shown("전원회의 �개최", link="http://w.example/1"),
    ],
    "rss090.rdf": [
        shown("First of ninety", link="http://n.example/1"),
        shown("Second of ninety", link="http://n.example/2"),
    ],
    "rss091-doctype.xml": [
        shown("Le café ferme", body="Après midi.", link="http://old.example/1", language="fr"),
        shown("Le thé ouvre", link="http://old.example/2", language="fr"),
    ],
    "rss092.xml": [
        shown("", body="Only a description, linked."),
        shown("Only a title"),
    ],
    "rss10.rdf": [
        shown(
            "東京の港",
            body="一段落。\n二段落。",
            link="http://t.example/1",
            sections=("港",),
            author="山田",
            language="ja",
            day="2024-08-05",
            published="2024-08-05T00:00:00Z",
        ),
        shown(
            "大阪の橋",
            link="http://t.example/2",
            language="ja",
            day="2024-08-04",
            published="2024-08-04T00:00:00Z",
        ),
    ],
    "rss20-full.xml": [
        shown(
            "New crane lifts first load",
            body="A crane lifted its first load.\nIt weighed 3 < 4 t.\nAll went well.",
            link="http://news.example/crane",
            sections=("Port", "Machines"),
            author="Ann Smith",
            language="en",
            day="2024-08-05",
            published="2024-08-05T07:30:00Z",
        ),
        shown(
            "Ferry & lighthouse reopen",
            body="Ferry open\nLight on",
            link="http://feed.example/ferry?a=1&b=2",
            language="en",
            day="2024-08-04",
        ),
        shown("Fish prices fall", link="http://news.example/fish", language="en"),
    ],
    "rss20-kcna-like.xml": [
        shown(
            "Press Review",
            body="Papers carry reports on the rice fields.",
            link="http://agency.example/en/article/q/0.kcmsf",
            sections=("Press",),
            language="en",
            day="2024-08-04",
        ),
        shown(
            "Press Review",
            body="Papers carry reports on the fishing season.",
            link="http://agency.example/en/article/q/1.kcmsf",
            sections=("Press",),
            language="en",
            day="2024-08-05",
        ),
        shown(
            "Plenary Meeting of the Garden Club Held",
            body="First paragraph.\nSecond paragraph.",
            link="http://agency.example/en/article/q/2.kcmsf",
            sections=("Society",),
            language="en",
            day="2024-08-05",
        ),
        shown(
            "Weather",
            body="Rain is forecast.",
            link="http://agency.example/en/article/q/3.kcmsf",
            sections=("Society",),
            language="en",
        ),
        shown(
            "Wreath laid",
            body="A wreath was laid at the monument.",
            link="http://agency.example/en/article/q/4.kcmsf",
            sections=("Society",),
            language="en",
            day="2024-08-06",
            published="2024-08-05T21:00:00Z",
        ),
    ],
    "stray-namespaces.xml": [
        shown("With its own names", body="Body in XHTML.", link="http://m.example/1"),
        shown("Plain after", link="http://m.example/2", day="2024-08-05"),
    ],
    "undeclared-1252.xml": [
        shown("The “quiet” café", link="http://w.example/1"),
    ],
    "utf-16-le-no-bom.xml": [
        shown("Sixteen bits wide: 전원회의", link="http://u.example/1"),
    ],
    "utf-16.xml": [
        shown("Sixteen bits wide: 전원회의", link="http://u.example/1"),
    ],
    "windows-1252.xml": [
        shown("The “quiet” café – open", link="http://w.example/1"),
    ],
    "xxe.xml": [
        shown("Secrets: &xxe;", link="http://m.example/1"),
    ],
}
# not feeds: words of the reason
REFUSED = {
    "blank.xml": "The answer is empty",
    "cut-off-at-once.xml": "unclosed token in line 1",
    "empty.xml": "The answer is empty",
    "feed.json": "The answer is JSON",
    "garbage.bin": "not a feed that can be read (not well-formed",
    "looks-like-a-path.xml": "not a feed that can be read (not well-formed",
    "looks-like-a-url.xml": "not a feed that can be read (not well-formed",
    "other.xml": "no RSS, RDF or Atom",
    "page-without-feeds.xhtml": "a web page, not a feed; it names no feed",
    "page.html": "it names these feeds: http://feed.example/feed.xml, https://n.example/atom",
}
# feeds that are not quite right: words of the warning
WARNED = {
    "bare-ampersand.xml": "an & or a character that is not written as XML demands",
    "controls.xml": "an & or a character that is not written as XML demands",
    "cut-off.xml": "not proper XML (no element found), and was read as well as could be",
    "entity-bomb.xml": "an & or a character",
    "leading-junk.xml": "something else stands before the feed",
    "mismatched.xml": "not proper XML (mismatched tag)",
    "one-bad-byte.xml": "some of its characters cannot be read",
    "rss091-doctype.xml": "an & or a character",
    "xxe.xml": "an & or a character",
}

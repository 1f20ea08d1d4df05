"""From what feedparser makes of an item to a dispatch."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from watcher.ingest.clean import body_of, has_markup, headline_of, one_line
from watcher.ingest.dates import read_date
from watcher.ingest.links import clean_link
from watcher.model import Dispatch, Source, Surface
from watcher.text import fold

Entry = Mapping[str, Any]  # feedparser's: strings, lists of mappings, nothing guaranteed
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_SECTIONS = 30
_DATES = ("published", "updated", "created")


@dataclass(frozen=True, slots=True)
class Setting:
    """What an item of a feed is read with: its source, the answer's address, the feed's language."""

    source: Source
    url: str
    language: str


def dispatch_of(
    entry: Entry, setting: Setting, *, text: str, is_atom: bool, mark: str = ""
) -> Dispatch | None:
    """The dispatch an item shows, or None if it has neither headline nor body.

    text: what the item was read from. is_atom: plain text is what says so, and is not searched for
    tags as RSS must be.
    """
    headline = _headline(entry, is_atom)
    body = _body(entry, is_atom)
    if len(body) <= 2 * len(headline) and fold(body) == fold(headline):  # only the headline again
        body = ""
    if not headline and not body:
        return None
    source = setting.source
    link = _link(entry, setting.url, text)
    day, published = _date(entry, source)
    return Dispatch(
        outlet=source.outlet,
        headline=headline,
        body=body,
        surfaces=tuple(Surface(source.name, link, section) for section in _sections(entry) or [""]),
        author=_author(entry),
        language=setting.language,
        day=day,
        published=published,
        mark=mark,
    )


def _is_html(kind: str, value: str, is_atom: bool) -> bool:
    return kind in _HTML or (not is_atom and has_markup(value))


def _headline(entry: Entry, is_atom: bool) -> str:
    value = _string(entry, "title")
    kind = _string(entry.get("title_detail") or {}, "type")
    return headline_of(value, html=_is_html(kind, value, is_atom))


def _body(entry: Entry, is_atom: bool) -> str:
    """The fullest of the contents and the summary."""
    texts = [
        body_of(value, html=_is_html(kind, value, is_atom))
        for value, kind in dict(_written(entry)).items()
        if kind in _HTML or kind.startswith("text/") or not kind
    ]
    return max(texts, key=len, default="")


def _written(entry: Entry) -> Iterator[tuple[str, str]]:
    yield _string(entry, "summary"), _string(entry.get("summary_detail") or {}, "type")
    for content in entry.get("content") or ():
        yield _string(content, "value"), _string(content, "type")


def _link(entry: Entry, base: str, text: str) -> str:
    """The item's own page. A guid stands in for it only where it is written as an address."""
    link = _string(entry, "feedburner_origlink") or _string(entry, "link")
    if entry.get("guidislink") and not _is_written(link, text):
        link = ""
    if not link:
        alternates = (each for each in entry.get("links") or () if each.get("rel") == "alternate")
        link = next((_string(each, "href") for each in alternates), "")
    return clean_link(link, base)


def _is_written(link: str, text: str) -> bool:
    """Is this an absolute address, and was it one before feedparser made it so?"""
    return _ADDRESS.match(link) is not None and (link in text or escape(link) in text)


def _date(entry: Entry, source: Source) -> tuple[date | None, datetime | None]:
    """What the first date of the item that can be read says."""
    for name in _DATES:
        # feedparser gives "published" under the name "updated" too, with a warning
        written = _string(entry, name) if name in entry else ""
        day, instant = read_date(written, source.timezone) if written else (None, None)
        if day is not None:
            return day, instant
    return None, None


def _sections(entry: Entry) -> list[str]:
    """The distinct categories of the item, in order."""
    named = (one_line(_string(tag, "label") or _string(tag, "term")) for tag in entry.get("tags") or ())
    return list(dict.fromkeys(name for name in named if name))[:_SECTIONS]


def _author(entry: Entry) -> str:
    return one_line(_string(entry.get("author_detail") or {}, "name") or _string(entry, "author"))


def _string(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    return value if isinstance(value, str) else ""

"""The elements that every feed has, and what each adds to an item: just what feedparser makes of them.

Whatever could be taken in two ways is an OddError; `plain` says what that is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

SEPARATOR = "\x01"
ATOM = "http://www.w3.org/2005/Atom"
RSS1 = "http://purl.org/rss/1.0/"
PREFIXES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

_MAY_BE_HTML = re.compile(r"</|&#?\w+;")
_DATE = re.compile(
    r"|(?:[A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} "
    r"(?:GMT|UTC|[+-][0-9]{4})"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_TYPES = {
    **dict.fromkeys(("text", "plain", "text/plain"), "text/plain"),
    **dict.fromkeys(("html", "text/html"), "text/html"),
}
_PAGES = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})

Entry = dict[str, Any]


class OddError(Exception):
    """An item holds something that is left to feedparser."""


class Element(NamedTuple):
    """An element of an item, closed. name: that of an author's name in it; None for no element in it."""

    field: "Field"
    attributes: Mapping[str, str]
    value: str
    name: str | None
    is_atom: bool


def _take_text(entry: Entry, element: Element) -> None:
    key, value = element.field.key, element.value
    kind = _TYPES.get(element.attributes.get("type", element.field.kind).lower())
    doubt(kind is None)
    doubt(kind == "text/plain" and not element.is_atom and _MAY_BE_HTML.search(value) is not None)
    if key == "content":
        entry["content"] = [{"type": kind, "value": value}]
        entry.setdefault("summary", value)
    else:
        entry[key] = value
        entry[f"{key}_detail"] = {"type": kind}


def _take_link(entry: Entry, element: Element) -> None:
    attributes, href = element.attributes, element.attributes.get("href", "")
    links = entry.setdefault("links", [])
    doubt(any(link["is_text"] for link in links) or bool(links and not attributes))
    doubt(bool(attributes) and (not href or bool(element.value)))
    doubt(_is_rewritten(href or element.value))
    relation = attributes.get("rel", "alternate").lower()
    if relation == "alternate" and attributes.get("type", "text/html").lower() in _PAGES:
        entry["link"] = href or element.value
    links.append({"rel": relation, "href": href or element.value, "is_text": not attributes})


def _take_guid(entry: Entry, element: Element) -> None:
    doubt(_is_rewritten(element.value))
    is_link = element.attributes.get("isPermaLink", "true") == "true"
    entry["guidislink"] = is_link and "link" not in entry
    if is_link:
        entry.setdefault("link", element.value)


def _take_date(entry: Entry, element: Element) -> None:
    doubt(not _DATE.fullmatch(element.value))
    entry[element.field.key] = element.value


def _take_tag(entry: Entry, element: Element) -> None:
    attributes, text = element.attributes, element.value
    term, label = attributes.get("term", ""), attributes.get("label", "")
    doubt((bool(attributes) and bool(text) == bool(term)) or bool(text and label))
    entry.setdefault("tags", []).append({"term": text or term, "label": label})


def _take_author(entry: Entry, element: Element) -> None:
    if element.name is None:
        doubt("@" in element.value)
        entry["author"] = element.value
    else:
        doubt(bool(element.value) or not element.name)
        entry["author_detail"] = {"name": element.name}


def _take_nothing(entry: Entry, element: Element) -> None:
    """What no dispatch is made of."""


def _is_rewritten(link: str) -> bool:
    return "///" in link or ("&" in link and ";" in link)


def doubt(is_doubtful: bool) -> None:
    """OddError, if it is."""
    if is_doubtful:
        raise OddError


class Field(NamedTuple):
    """What an element gives: the key it is kept under, the attributes it may have, the type of its text."""

    key: str
    take: Callable[[Entry, Element], None]
    attributes: frozenset[str] = frozenset()
    kind: str = ""


_NONE = frozenset[str]()
_TYPE = frozenset({"type"})
_LINK = Field("links", _take_link, frozenset({"rel", "type", "href", "hreflang", "title", "length"}))
_TAG = Field("tags", _take_tag, frozenset({"term", "label", "scheme", "domain"}))
AUTHOR = Field("author", _take_author)
UNUSED = Field("", _take_nothing)
_REPEATED = frozenset({"links", "tags", ""})
_WRITTEN = {
    "title": Field("title", _take_text, _TYPE, "text/plain"),
    "description": Field("summary", _take_text, _TYPE, "text/html"),
    "summary": Field("summary", _take_text, _TYPE, "text/plain"),
    "content": Field("content", _take_text, _TYPE, "text/plain"),
    "content:encoded": Field("content", _take_text, _TYPE, "text/html"),
    "link": _LINK,
    "guid": Field("guid", _take_guid, frozenset({"isPermaLink"})),
    "id": Field("guid", _take_guid),
    "pubDate": Field("published", _take_date),
    "published": Field("published", _take_date),
    "updated": Field("updated", _take_date),
    "dc:date": Field("updated", _take_date),
    "category": _TAG,
    "dc:subject": _TAG,
    "author": AUTHOR,
    "dc:creator": AUTHOR,
    "comments": UNUSED,
    "slash:comments": UNUSED,
    "wfw:commentRss": UNUSED,
}


def expanded(written: str, plain: str = "") -> str:
    """A name as expat gives it. plain: the namespace of names without a prefix."""
    prefix, _, local = written.rpartition(":")
    return f"{PREFIXES.get(prefix, plain)}{SEPARATOR}{local}".removeprefix(SEPARATOR)


FIELDS = {expanded(name, plain): field for name, field in _WRITTEN.items() for plain in ("", ATOM, RSS1)}
OF_AUTHOR = {expanded(name, plain): name for name in ("name", "uri", "email") for plain in ("", ATOM)}


def entry_of(elements: list[Element]) -> Entry | None:
    """What feedparser makes of an item of these elements, as far as dispatches need it; None for doubt."""
    keys = [element.field.key for element in elements if element.field.key not in _REPEATED]
    if len(set(keys)) < len(keys):
        return None
    entry: Entry = {}
    try:
        for element in elements:
            element.field.take(entry, element)
    except OddError:
        return None
    return entry

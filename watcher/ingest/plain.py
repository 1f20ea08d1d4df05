"""The usual items, read straight from expat: as feedparser would read them, in less than a tenth of its time.

feedparser stays the reference, and the only reader of everything else. What is read here is an item
whose elements are all in the table of `elements`, each at most once (but links and categories), with none but
the attributes named there and nothing inside but text (and, in an author, a name). Declined is whatever
feedparser would do more with than keep it:

- text that is not marked as HTML and may be, since it looks into RSS for tags and entities;
- text that was wrongly decoded somewhere before, which it mends;
- dates in other than the two usual forms, since it fails on some;
- links with slashes or references too many, which it rewrites, and an author with an e-mail address;
- a type but text and HTML, a link as text along with others, anything that could be taken in two ways;
- any feed with a base, or with prefixes that say one thing and mean another.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pyexpat import ParserCreate, XMLParserType
from typing import NamedTuple

from watcher.ingest.elements import (
    ATOM,
    AUTHOR,
    FIELDS,
    OF_AUTHOR,
    PREFIXES,
    RSS1,
    SEPARATOR,
    UNUSED,
    Element,
    Entry,
    OddError,
    doubt,
    entry_of,
    expanded,
)

_RSS09 = "http://my.netscape.com/rdf/simple/0.9/"
_BASE = re.compile(rb"base\s*=")
_UNSURE = re.compile(rb"\xc2[\x80-\x9f]")  # of Windows-1252, taken for Latin-1
_NONE = frozenset[str]()
_RDF, _FEED = expanded("rdf:RDF"), expanded("feed", ATOM)
# what items stand in, and the items, with the attributes they may have
_SHELLS = {
    ("rss",): frozenset({"version", expanded("xml:lang")}),
    ("rss", "channel"): _NONE,
    (_RDF,): frozenset({expanded("xml:lang")}),
    (_FEED,): frozenset({expanded("xml:lang")}),
}
_ITEMS = {
    ("rss", "item"): _NONE,
    ("rss", "channel", "item"): _NONE,
    (_RDF, expanded("item", RSS1)): frozenset({expanded("rdf:about")}),
    (_FEED, expanded("entry", ATOM)): _NONE,
}
_UNWANTED = {_RDF: {ATOM.lower()}, _FEED: {RSS1, _RSS09}}  # namespaces that make it another kind of feed


class Plain(NamedTuple):
    """The items of a document, in order, as feedparser would give them; None for one it must read itself."""

    entries: list[Entry | None]
    is_atom: bool


def has_base(document: bytes) -> bool:
    """Whether links of the document may be relative to something else than its address."""
    return _BASE.search(document.lower()) is not None


def read_plain(document: bytes) -> Plain | None:
    """The items of a well-formed document in UTF-8, found by `split`; None if the document is unusual."""
    if has_base(document):
        return None
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except OddError:
        return None
    return Plain(reader.entries, reader.is_atom)


class _Reader:
    """Follows the elements of a document; OddError for what stands around its items."""

    def __init__(self) -> None:
        self.entries: list[Entry | None] = []
        self.is_atom = False
        self._path: tuple[str, ...] = ()  # of the open elements, down to the item
        self._declared: set[str] = set()
        self._depth = 0  # of the open elements in the item
        self._elements: list[Element] | None = None  # of the item; None for one that is declined
        self._field = UNUSED
        self._attributes: Mapping[str, str] = {}
        self.texts: list[str] = []
        self._name: str | None = None
        self.parser = _parser(self)

    def declare(self, prefix: str | None, address: str | None) -> None:
        doubt(PREFIXES.get(prefix or "", address) != address)
        self._declared.add((address or "").lower())

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Outside of items."""
        self._path = (*self._path, name)
        if self._path in _ITEMS:
            doubt(not self._declared.isdisjoint(_UNWANTED.get(self._path[0], ())))
            self._elements = [] if attributes.keys() <= _ITEMS[self._path] else None
            self._follow(self._start_inside, self._end_inside)
        else:
            doubt(self._path not in _SHELLS or not attributes.keys() <= _SHELLS[self._path])
            self.is_atom = self._path == (_FEED,)

    def end(self, _: str) -> None:
        self._path = self._path[:-1]

    def _start_inside(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            field = FIELDS.get(name)
            if field is None or not attributes.keys() <= field.attributes:
                self._elements = None
            self._field, self._attributes, self._name = field or UNUSED, attributes, None
        elif (
            self._field is AUTHOR and name in OF_AUTHOR and not attributes and not "".join(self.texts).strip()
        ):
            self._name = self._name or ""
        else:
            self._elements = None
        self.texts.clear()

    def _end_inside(self, name: str) -> None:
        if not self._depth:
            self._close_item()
            return
        value = "".join(self.texts).strip()
        if _is_mended(value):
            self._elements = None
        self.texts.clear()
        self._depth -= 1
        if self._depth == 0 and self._elements is not None:
            self._elements.append(Element(self._field, self._attributes, value, self._name, self.is_atom))
        elif self._depth == 1 and OF_AUTHOR.get(name) == "name":
            if self._name:
                self._elements = None
            self._name = value

    def _close_item(self) -> None:
        self.entries.append(None if self._elements is None else entry_of(self._elements))
        self._path = self._path[:-1]
        self._follow(self.start, self.end)

    def _follow(self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
        self.texts.clear()
        self.parser.StartElementHandler = start
        self.parser.EndElementHandler = end


def _is_mended(text: str) -> bool:
    """Whether feedparser takes the text for UTF-8 or Windows-1252 that was read as Latin-1."""
    if text.isascii():
        return False
    with suppress(UnicodeError):
        text.encode("latin-1").decode()
        return True
    return _UNSURE.search(text.encode()) is not None


def _parser(reader: _Reader) -> XMLParserType:
    parser = ParserCreate("utf-8", SEPARATOR)
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartNamespaceDeclHandler = reader.declare
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.texts.append
    return parser

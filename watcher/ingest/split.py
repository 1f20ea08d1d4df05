"""Where the items of a feed begin and end, byte by byte, so that only the new ones need be parsed.

Each item is cut out with the start tags it stands under and becomes a small feed of its own. What
it says then depends on nothing but those bytes, and their hash is a mark by which the same item is
known again, whatever changes around it (dates of the last build, counters, other items).
"""

import re
from dataclasses import dataclass
from pyexpat import ExpatError, ParserCreate, XMLParserType

# What items stand in. A feed built otherwise is parsed whole.
_PLACES = frozenset(
    {("rss", "channel", "item"), ("rss", "item"), ("rdf:rdf", "item"), ("feed", "entry")},
)
_ITEMS = frozenset({"item", "entry"})
_ROOTS = frozenset(place[0] for place in _PLACES)
_LANGUAGES = frozenset(
    (*place, name)
    for place in (("rss", "channel"), ("rdf:rdf", "channel"), ("feed",))
    for name in ("language", "dc:language")
)
_LANGUAGE_ROOTS = frozenset({"rss", "feed"})
_STRAY = frozenset({"textinput"})  # of the feed: in an item feedparser takes it for more of that one
# what may stand in what, two levels deep in a plain item
_PERSONS = frozenset({"author", "contributor"})
_OF_PERSONS = frozenset({"name", "uri", "url", "email"})
_SCOPED = ("xml", "base", "lang")  # attributes that change the meaning of what is inside
_SEPARATOR = "\x01"  # no XML may hold it
_START_TAG = re.compile(rb"""<[^\s>/]+(?:[^"'>/]|"[^"]*"|'[^']*')*>""")


@dataclass(frozen=True, slots=True)
class Piece:
    """One item: its own bytes, and the tags around it.

    is_plain: it holds nothing but texts and attributes one level deep, so that it can leave nothing
    behind in a parser and may be parsed along with others.
    """

    opening: bytes
    raw: bytes
    closing: bytes
    is_plain: bool = False

    @property
    def document(self) -> bytes:
        return self.opening + self.raw + self.closing


@dataclass(frozen=True, slots=True)
class Split:
    """A feed in pieces, with the language it says it is in."""

    pieces: tuple[Piece, ...]
    language: str


class _DoubtError(Exception):
    """Something about the feed makes cutting it up unsafe."""


def split(document: bytes) -> Split | None:
    """The items of a feed in UTF-8; None for what is not well-formed or in any way unusual."""
    scan = _Scan(document)
    try:
        scan.parser.Parse(document, True)
    except (_DoubtError, ExpatError):
        return None
    return Split(tuple(scan.pieces), scan.language.strip())


class _Scan:
    """Follows the elements of a document down to its items, and no further."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._names: list[str] = []
        self._tags: list[bytes] = []  # of the open elements outside of items, start tags in the raw
        self._around: tuple[bytes, bytes] | None = (
            None  # those tags, and what closes them, once an item needs them
        )
        self._start = -1  # of the item we are in
        self._inside: list[str] = []  # the open elements in it, itself included
        self._inner = _Inner()
        self._is_plain = True
        self._declares = False  # does the next start tag declare a prefix?
        self._in_language = False
        self.pieces: list[Piece] = []
        self.language = ""
        self.parser = _parser(self)

    def doubt(self, *_: object) -> None:
        raise _DoubtError

    def declare(self, *_: object) -> None:
        self._declares = True

    def start(self, expanded: str, attributes: dict[str, str]) -> None:
        """Outside of items."""
        name = _written(expanded).lower()
        is_scoped = self._is_scoped(attributes)
        self._names.append(name)
        if _local(name) in _ITEMS:
            self._open_item(name, is_scoped)
        elif len(self._names) == 1:
            self._open_root(name, attributes)
        else:
            self._tags.append(self._tag())
            self._around = None
            self._in_language = tuple(self._names) in _LANGUAGES
            self.language = "" if self._in_language else self.language

    def end(self, _: str) -> None:
        """Outside of items."""
        self._tags.pop()
        self._around = None
        self._names.pop()
        self._in_language = False

    def text(self, text: str) -> None:
        if self._in_language:
            self.language += text

    def _open_root(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ROOTS:
            raise _DoubtError
        self._tags.append(self._tag())
        if name in _LANGUAGE_ROOTS:
            written = {_written(key): value for key, value in attributes.items()}
            self.language = written.get("xml:lang", written.get("lang", ""))

    def _open_item(self, name: str, is_scoped: bool) -> None:
        if tuple(self._names) not in _PLACES or not self._tag():  # <item/> has no end to go by
            raise _DoubtError
        self._start = self.parser.CurrentByteIndex
        self._inside = [name]
        self._is_plain = not is_scoped
        self.parser.StartElementHandler = self._start_inside
        self.parser.EndElementHandler = self._end_inside
        self.parser.CharacterDataHandler = None

    def _start_inside(self, expanded: str, attributes: dict[str, str]) -> None:
        name = self._inner[expanded]
        inside = self._inside
        if len(inside) > 1 and not (len(inside) == 2 and inside[1] in _PERSONS and name in _OF_PERSONS):
            self._is_plain = False
        if (attributes or self._declares) and self._is_scoped(attributes):
            self._is_plain = False
        inside.append(name)

    def _end_inside(self, _: str) -> None:
        self._inside.pop()
        if not self._inside:
            self._close_item()

    def _is_scoped(self, attributes: dict[str, str]) -> bool:
        """Does the start tag we are at change the meaning of what is inside?"""
        declares, self._declares = self._declares, False
        return declares or any(_written(key).startswith(_SCOPED) for key in attributes)

    def _close_item(self) -> None:
        end = self._document.index(b">", self.parser.CurrentByteIndex) + 1
        opening, closing = self._around = self._around or _around(self._tags)
        self.pieces.append(Piece(opening, self._document[self._start : end], closing, self._is_plain))
        self._names.pop()
        self._in_language = False
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def _tag(self) -> bytes:
        """The start tag we are at; an empty element's will never hold an item and is not needed."""
        found = _START_TAG.match(self._document, self.parser.CurrentByteIndex)
        return found[0] if found else b""


class _Inner(dict[str, str]):
    """Expat's names of elements in items, as written, in small letters; a doubt for what may not be there."""

    def __missing__(self, expanded: str) -> str:
        name = self[expanded] = _written(expanded).lower()
        if _local(name) in _ITEMS or name in _ROOTS or name in _STRAY:
            raise _DoubtError
        return name


def _written(expanded: str) -> str:
    """A name as it stands in the document, from expat's: address, local name and prefix, if it has them."""
    address, _, rest = expanded.partition(_SEPARATOR)
    local, _, prefix = rest.partition(_SEPARATOR)
    return f"{prefix}:{local}" if prefix else local or address


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _around(tags: list[bytes]) -> tuple[bytes, bytes]:
    """Start tags together, and the end tags that close them."""
    return b"".join(tags), b"".join(b"</" + _name(tag) + b">" for tag in reversed(tags))


def _name(tag: bytes) -> bytes:
    return re.split(rb"[\s>]", tag[1:], maxsplit=1)[0]


def _parser(scan: _Scan) -> XMLParserType:
    parser = ParserCreate("utf-8", _SEPARATOR)  # so that a prefix that nothing declares is an error
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartNamespaceDeclHandler = scan.declare
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    parser.StartDoctypeDeclHandler = scan.doubt
    return parser

"""RSS, RDF and Atom: from the bytes of an answer to the dispatches that are new in it."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from io import BytesIO
from typing import Any
from xml.sax import SAXParseException

import feedparser

from watcher.errors import ParseError
from watcher.ingest.charset import decode
from watcher.ingest.clean import one_line
from watcher.ingest.entry import Setting, dispatch_of
from watcher.ingest.page import advertised_feeds, is_page
from watcher.ingest.plain import has_base, read_plain
from watcher.ingest.repair import with_sound_references, without_cut_off_item, without_preamble
from watcher.ingest.split import Piece, Split, split
from watcher.model import Dispatch, Listing, Response, Source

# Part of every mark: raise it when the same bytes come to be read differently.
_READING = "1"
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


class _OddItemError(Exception):
    """A piece of a feed is not one item."""


def read_feed(source: Source, response: Response, seen: frozenset[str]) -> Listing:
    """The items of a feed: the marks of all, the dispatches of those whose mark is not in `seen`.

    What is damaged gives what can be had, with a warning. Raises ParseError for an answer that is
    no feed.
    """
    text, is_readable = decode(response.body, response.content_type)
    warnings = [] if is_readable else ["some of its characters cannot be read"]
    _check_it_may_be_a_feed(source, response, text)
    text, is_junk = without_preamble(text)
    if is_junk:
        warnings.append("something else stands before the feed in its answer")
    cut = split(text.encode())
    if cut is None:
        text = with_sound_references(text)
        cut = split(text.encode())
        if cut is not None:
            warnings.append("it holds an & or a character that is not written as XML demands")
    if cut is not None:
        with suppress(_OddItemError):
            return _in_pieces(cut, source, response, seen, warnings)
    return _whole(text, source, response, seen, warnings)


def _check_it_may_be_a_feed(source: Source, response: Response, text: str) -> None:
    if not text.strip():
        raise ParseError(source.name, "The answer is empty; there should be a feed")
    if is_page(text):
        feeds = advertised_feeds(text, response.url)
        advice = f"; it names these feeds: {', '.join(feeds)}" if feeds else "; it names no feed either"
        raise ParseError(source.name, f"The answer is a web page, not a feed{advice}")
    if text.lstrip()[0] in "{[":
        raise ParseError(source.name, "The answer is JSON; only RSS, RDF and Atom feeds can be read")


def _in_pieces(
    cut: Split, source: Source, response: Response, seen: frozenset[str], warnings: list[str]
) -> Listing:
    """The pieces that are new, parsed; _OddItemError if one of them is not what it was taken for."""
    setting = Setting(source, response.url, _language(source, cut.language))
    context = _digest(_READING, source.outlet, str(source.timezone), setting.language, setting.url)
    pieces: dict[str, Piece] = {}
    for piece in cut.pieces:
        pieces.setdefault(_digest(piece.document, after=context).hexdigest(), piece)
    fresh = {mark: piece for mark, piece in pieces.items() if mark not in seen}
    shown: dict[str, Dispatch | None] = {}
    for group in _groups(fresh):
        shown.update(_read_group(group, setting))
    if shown.keys() < fresh.keys():
        warnings = [*warnings, "some of its items cannot be read"]
    read = (shown.get(mark) for mark in fresh)
    return Listing(tuple(filter(None, read)), tuple(pieces), _sentence(warnings))


def _groups(pieces: Mapping[str, Piece]) -> Iterable[Mapping[str, Piece]]:
    """The pieces, by mark, that cannot disturb each other, together: starting feedparser costs most."""
    groups: dict[str | bytes, dict[str, Piece]] = {}
    for mark, piece in pieces.items():
        groups.setdefault(piece.opening if piece.is_plain else mark, {})[mark] = piece
    return groups.values()


def _read_group(group: Mapping[str, Piece], setting: Setting) -> dict[str, Dispatch | None]:
    """The dispatches of pieces under the same tags, by mark; None for an item that says nothing."""
    plain = read_plain(_document(group)) if next(iter(group.values())).is_plain else None
    if plain is None:
        return _by_feedparser(group, setting)
    read: dict[str, Dispatch | None] = {}
    unusual: dict[str, Piece] = {}
    for (mark, piece), entry in zip(group.items(), plain.entries, strict=True):
        if entry is None:
            unusual[mark] = piece
        else:
            text = piece.raw.decode()
            read[mark] = dispatch_of(entry, setting, text=text, is_atom=plain.is_atom, mark=mark)
    return read | _by_feedparser(unusual, setting) if unusual else read


def _document(group: Mapping[str, Piece]) -> bytes:
    first = next(iter(group.values()))
    return first.opening + b"".join(piece.raw for piece in group.values()) + first.closing


def _by_feedparser(group: Mapping[str, Piece], setting: Setting) -> dict[str, Dispatch | None]:
    try:
        parsed = _parse(_document(group), setting.source, setting.url)
    except ParseError:
        return {} if len(group) == 1 else _one_by_one(group, setting)
    if len(parsed["entries"]) != len(group):
        if len(group) == 1:
            raise _OddItemError
        return _one_by_one(group, setting)
    is_atom = _is_atom(parsed)
    return {
        mark: dispatch_of(entry, setting, text=piece.raw.decode(), is_atom=is_atom, mark=mark)
        for (mark, piece), entry in zip(group.items(), parsed["entries"], strict=True)
    }


def _one_by_one(group: Mapping[str, Piece], setting: Setting) -> dict[str, Dispatch | None]:
    alone = (_by_feedparser({mark: piece}, setting) for mark, piece in group.items())
    return {mark: found for read in alone for mark, found in read.items()}


def _whole(
    text: str, source: Source, response: Response, seen: frozenset[str], warnings: list[str]
) -> Listing:
    """Everything feedparser finds, marked by what it says: for feeds too odd to be cut up."""
    parsed = _parse(text.encode(), source, response.url)
    fault = _fault(parsed)
    if fault:
        warnings = [*warnings, f"it is not proper XML ({fault}), and was read as well as could be"]
        kept = without_cut_off_item(text)
        parsed = parsed if kept == text else _parse(kept.encode(), source, response.url)
    if not parsed["entries"] and (fault or not parsed.get("version")):
        why = f"{fault}{_where(parsed)}" if fault else "no RSS, RDF or Atom"
        raise ParseError(source.name, f"The answer is not a feed that can be read ({why})")
    language = parsed["feed"].get("language")
    setting = Setting(source, response.url, _language(source, language if isinstance(language, str) else ""))
    shown: dict[str, Dispatch] = {}
    for entry in parsed["entries"]:
        dispatch = dispatch_of(entry, setting, text=text, is_atom=_is_atom(parsed))
        if dispatch is not None:
            mark = _digest(_READING, repr(dispatch)).hexdigest()
            shown.setdefault(mark, replace(dispatch, mark=mark))
    fresh = tuple(dispatch for mark, dispatch in shown.items() if mark not in seen)
    return Listing(fresh, tuple(shown), _sentence(warnings))


def _parse(document: bytes, source: Source, url: str) -> Any:
    """What feedparser makes of a document in UTF-8. Always from a stream: it opens names and addresses."""
    headers = {"content-type": "application/xml; charset=utf-8"}
    if has_base(document):  # else links are made absolute later, and feedparser saves a third of its time
        headers["content-location"] = url
    try:
        return feedparser.parse(
            BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # strange feeds make it fail in ways of every kind
        raise ParseError(
            source.name, f"The answer is a feed that cannot be read ({type(error).__name__})"
        ) from error


def _fault(parsed: Any) -> str:
    """What feedparser found wrong, in short; "" for nothing. The same for the same fault elsewhere."""
    error = parsed.get("bozo_exception")
    if isinstance(error, SAXParseException):
        return error.getMessage()
    return one_line(str(error), 160) if parsed["bozo"] else ""


def _where(parsed: Any) -> str:
    error = parsed.get("bozo_exception")
    if not isinstance(error, SAXParseException):
        return ""
    return f" in line {max((error.getLineNumber() or 0) - 1, 1)}"  # feedparser puts a declaration before ours


def _is_atom(parsed: Any) -> bool:
    return str(parsed.get("version")).startswith("atom")


def _language(source: Source, of_feed: str) -> str:
    """The source's language, else the feed's, as a primary tag: "en" of "en-US"; "" for no tag at all."""
    found = _LANGUAGE.fullmatch(source.language or of_feed.strip())
    return found[1].lower() if found else source.language


def _digest(*parts: str | bytes, after: blake2b | None = None) -> blake2b:
    """The hash of the parts, each with its length before it. after: that of what comes before them."""
    digest = after.copy() if after else blake2b(digest_size=12)
    for part in parts:
        written = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        digest.update(len(written).to_bytes(8, "big") + written)
    return digest


def _sentence(warnings: list[str]) -> str:
    return f"Something is wrong with the feed: {'; '.join(warnings)}" if warnings else ""

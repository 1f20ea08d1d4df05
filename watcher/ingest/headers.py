"""The headers we send with a fetch, and what we read from those of an answer."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from yarl import URL

from watcher.model import Source

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\ud7ff\ue000-\uffff]*")
_OURS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})
_TOKEN = re.compile(r"[\x20-\x7e]{1,1000}")
_LONGEST_WAIT = timedelta(days=1)


def header_fault(headers: Mapping[str, str]) -> str | None:
    """What is wrong with headers that a user set on a source, as a sentence; None if they may be sent."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            return f"The header name {name[:60]!r} holds characters that no header may hold"
        if name.lower() in _OURS:
            return f"The header {name} cannot be set on a source; take it out"
        if not _VALUE.fullmatch(value):
            return f"The value of the header {name} holds a line break or a control character; take it out"
    return None


def first_headers(source: Source, url: URL) -> dict[str, str]:
    """What only the source's own server may see: its headers, its credentials, what we hold already."""
    headers = dict(source.headers)
    if (url.user or url.password) and not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = basic(url)
    if _TOKEN.fullmatch(source.etag):
        headers["If-None-Match"] = source.etag
    if _TOKEN.fullmatch(source.last_modified):
        headers["If-Modified-Since"] = source.last_modified
    return headers


def basic(url: URL) -> str:
    """The user name and password of a URL as HTTP's basic credentials."""
    pair = f"{url.user or ''}:{url.password or ''}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def token(value: str | None) -> str:
    """An ETag or a Last-Modified fit to be kept and sent back; "" for any other."""
    return value if value and _TOKEN.fullmatch(value) else ""


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After asks us to wait: seconds or a date; a day at most, None if it says nothing."""
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _LONGEST_WAIT)
    until = http_date(value)
    return None if until is None else min(max(until - now, timedelta()), _LONGEST_WAIT)


def http_date(value: str) -> datetime | None:
    """The instant of an HTTP date, or None."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None

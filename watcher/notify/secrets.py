"""What of an Apprise URL may be shown: keeps its secrets out of errors and answers."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

HIDDEN = "***"
_SHORTEST = 4
_MAIL = re.compile(r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:]+")
_NAMED = frozenset({"pass", "password", "token", "apikey", "key", "secret"})
_OPTIONS = frozenset(
    {"format", "overflow", "mode", "verify", "redirect", "smtp", "from", "to", "name", "method"}
)


def redact(text: str, url: str) -> str:
    """The text with every part of the URL that may be secret hidden; hosts and mail recipients stay."""
    for part in sorted(set(_secret_parts(url)), key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return text


def looks_secret(url: str) -> bool:
    """Does the URL, by its looks alone, carry a password, a header, or a token in its path or query?"""
    authority, path, query = _split(url)
    credentials = authority.rpartition("@")[0]
    pairs = list(_pairs(query))
    return (
        ":" in credentials
        or any(name.startswith("+") or name.lower() in _NAMED for name, _ in pairs)
        or any(map(_is_token, (credentials, _lone_token(authority), *path.split("/"))))
        or any(_is_token(value) for _, value in pairs)
    )


def _is_token(part: str) -> bool:
    """Long, and of letters and digits mixed: nobody calls a path so."""
    mixed = bool(re.search(r"\d", part)) and bool(re.search(r"[A-Za-z]", part))
    return len(part) >= 16 and mixed and not _MAIL.fullmatch(unquote(part))


def _secret_parts(url: str) -> Iterator[str]:
    """The parts of the URL that may be secret, as they are written and unquoted."""
    authority, path, query = _split(url)
    credentials = authority.rpartition("@")[0].split(":")
    values = (value for name, value in _pairs(query) if name.lower() not in _OPTIONS)
    hidden = [part for part in (path, *path.split("/"), *values) if not _MAIL.fullmatch(unquote(part))]
    for part in (*credentials, _lone_token(authority), *hidden):
        yield from (written for written in (part, unquote(part)) if len(written) >= _SHORTEST)


def _split(url: str) -> tuple[str, str, str]:
    """Authority, path and query; of any text, where the standard library's parser would raise."""
    before_query, _, query = url.partition("://")[2].partition("?")
    authority, _, path = before_query.partition("/")
    return authority, path, query


def _lone_token(authority: str) -> str:
    """Where other URLs have a host, some have a token: it has no dot."""
    host = authority.rpartition("@")[2]
    return "" if "." in host or host.startswith(("localhost", "[")) else host


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        yield name, value

"""Secrets in the configuration, and who can read them there."""

import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from watcher.model import Source
from watcher.notify.secrets import looks_secret

_EXAMPLE = re.compile(r"://(?:[^/?#]*[@.])?example\.(?:com|net|org)(?=[:/?#]|$)", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|pass|key|session|credential", re.IGNORECASE)


def is_example(url: str) -> bool:
    """Does it lead to a host that is reserved for examples, where nobody ever receives anything?"""
    return _EXAMPLE.search(url) is not None


def secret_keys(source: Source) -> Iterator[str]:
    """The keys of a source that hold a secret."""
    if _has_credentials(source.url):
        yield "url"
    if _has_credentials(source.proxy):
        yield "proxy"
    if any(_SECRET_HEADER.search(name) for name in source.headers):
        yield "headers"


def seem_secret(urls: Collection[str]) -> bool:
    """Does one of the URLs look as if it held a secret? A quick look, which misses some."""
    return any(looks_secret(url) and not is_example(url) for url in urls)


def readable_by_others(path: Path) -> str:
    """What to do about a file with secrets that others than its owner can read, or empty."""
    if not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return f"others than the owner of the file can read this secret; close the file with: chmod 600 {path}"


def _has_credentials(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.username or parts.password)

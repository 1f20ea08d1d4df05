"""A web page where a feed should be: what it offers instead."""

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--(?>.*?-->)\s*)*)<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_HEAD = 200_000
_MOST = 5


def is_page(text: str) -> bool:
    """Whether a text is HTML."""
    return _PAGE.match(text[:5_000]) is not None


def advertised_feeds(text: str, url: str) -> list[str]:
    """The feeds that a page names in its head, as absolute addresses, five at most."""
    found: dict[str, None] = {}
    for link in LexborHTMLParser(text[:_HEAD]).css("link[href]"):
        kind = (link.attributes.get("type") or "").split(";")[0].strip().lower()
        relations = (link.attributes.get("rel") or "").lower().split()
        if kind in _FEED_TYPES and "alternate" in relations:
            found.setdefault(_joined(url, link.attributes.get("href") or ""))
    return [address for address in found if address][:_MOST]


def _joined(url: str, address: str) -> str:
    try:
        return "" if re.search(r"[\s\x00-\x1f]", address.strip()) else urljoin(url, address.strip())
    except ValueError:
        return ""

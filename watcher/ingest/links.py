"""Links: made absolute and harmless to show, or made comparable."""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

_LONGEST = 2000
_UNSAFE = re.compile(
    r"[\x00-\x20\x7f-\xa0\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|hsa_\w+|_hs(?:enc|mi)|ga_\w+"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mc_[ce]id|mkt_tok"
    r"|oly_(?:anon|enc)_id|vero_(?:id|conv)|wickedid|at_(?:medium|campaign|custom\d|link_\w+|format|bbc_team|ptr_name)"
    r"|cmpid|ns_(?:mchannel|source|campaign|linkname|fee)|rss(?:_id)?|s_cid|smid|ref_src|ref_url|_ga|_gl|__twitter_impression",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def clean_link(link: str, base: str = "") -> str:
    """The link made absolute against `base`, without user name and password; "" if it is not one to http(s).

    White space around it goes; with white space or control characters inside it is refused.
    """
    link = link.strip()
    if not link or len(link) > _LONGEST or _UNSAFE.search(link):
        return ""
    try:
        parts = urlsplit(urljoin(base, link))
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def canonical(link: str) -> str:
    """What links to the same page share: for comparing, not for following. "" stays "".

    Scheme, "www.", user name, default port, fragment and tracking parameters are left out; the
    other parameters are in order.
    """
    if not link:
        return ""
    try:
        parts = urlsplit(canonicalize_url(link))
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
        query = _without_tracking(parts.query)
    except ValueError:
        return link
    if port and str(port) != _DEFAULT_PORTS.get(parts.scheme):
        host += f":{port}"
    return urlunsplit(("", "", host + (parts.path or "/"), query, ""))


def _without_tracking(query: str) -> str:
    if not query:
        return ""
    kept = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=1000)
        if not _TRACKING.fullmatch(name)
    ]
    return urlencode(kept)

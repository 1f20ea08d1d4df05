"""What is commonly wrong with feeds, put right before they are parsed."""

import re
from html.entities import html5

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32)))
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_BEGINNING = re.compile(r"<\?xml\s|<(?:rss|feed|rdf:RDF|RDF|channel)[\s>]", re.IGNORECASE)
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#(\d{1,9}|x[0-9a-f]{1,8});|(\w{1,40});)?", re.DOTALL | re.IGNORECASE
)
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ITEM_TAG = re.compile(r"<(/?)(?:item|entry)(?=[\s>]|$)", re.IGNORECASE)
_DOCTYPE = re.compile(
    r"((?>\s+|<!--.*?-->|<\?.*?\?>)*+)<!doctype\b[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_JUNK = 10_000


def without_preamble(text: str) -> tuple[str, bool]:
    """The feed without what stands before its first element, and whether any of that was junk.

    The XML declaration goes, since its encoding no longer holds, and the DOCTYPE with all its
    entities: the names that HTML knows are known anyway, and no other is worth its dangers.
    """
    text = (_CONTROL.sub("", text) if _may_hold_controls(text) else text).lstrip()
    found = _BEGINNING.search(text, 0, _JUNK)
    is_junk = found is not None and not text.startswith(("<?", "<!")) and found.start() > 0
    if is_junk and found is not None:
        text = text[found.start() :]
    text = _DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text
    doctype = _DOCTYPE.match(text)
    return (doctype[1] + text[doctype.end() :].lstrip() if doctype else text), is_junk


def _may_hold_controls(text: str) -> bool:
    """Whether any of _CONTROL is in the text, found out faster than by searching for it."""
    written = text.encode(errors="surrogatepass")
    bare = written.translate(None, _CONTROL_BYTES)
    return len(bare) < len(written) or "\ufffe" in text or "\uffff" in text


def with_sound_references(text: str) -> str:
    """The feed with every `&` in order: HTML's names resolved, bare and unknown ones made text."""
    return _AMPERSAND.sub(_sound, text)


def _sound(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return found[0] if _is_allowed(code) else "\ufffd"
    if found[0][0] == "<" or name in _OF_XML:
        return found[0]
    known = html5.get(f"{name};") if name else None
    return "&amp;" + found[0][1:] if known is None else known.replace("&", "&amp;").replace("<", "&lt;")


def _is_allowed(code: int) -> bool:
    """Whether XML allows the character."""
    return (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )


def without_cut_off_item(text: str) -> str:
    """A feed that breaks off inside an item, without that item: half a text is not its text."""
    last = None
    for found in _ITEM_TAG.finditer(text):
        last = found
    return text[: last.start()] if last and not last[1] else text

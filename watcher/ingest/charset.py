"""The characters of an answer: from bytes, by what its server and the document say of themselves."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# "<?xm" and "<r" without a byte order mark
_WIDE = (
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0r\0", "utf-16-le"),
    (b"\0<\0r", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_META = re.compile(rb"""<meta[^>]{0,200}?\bcharset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)

# Encodings of text that a document may say it is in; those which are ASCII bytes throughout
_TEXT = re.compile(
    r"ascii|utf-8(-sig)?|(cp|iso8859-)\d+|(euc|iso2022)_\w+|gb\w+|hz|big5\w*|koi8-\w|shift_jis\w*|johab|tis-620|mac-\w+"
)
_STATEFUL = frozenset(
    {"hz", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr"}
)

# What people send under a name is the larger set that browsers read under it.
_LARGER = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "tis-620": "cp874",
    "iso8859-9": "cp1254",
}


def decode(body: bytes, content_type: str = "") -> tuple[str, bool]:
    """The text of an answer, and whether all of it could be read.

    A byte order mark decides. Otherwise bytes that are UTF-8, a few damaged ones apart, are UTF-8,
    whatever is said of them: no other encoding looks like it by chance. Then the charset of the content
    type counts, then what the document declares, then Windows-1252. What fits nothing is read with
    U+FFFD in it.
    """
    wide = _wide(body)
    if wide:
        return _forgiving(body, wide)
    said = [name for name in map(_codec, _said(body, content_type)) if name]
    stateful = [name for name in said if name in _STATEFUL]
    for name in (*stateful, "utf-8"):
        try:
            return body.decode(name).removeprefix("\ufeff"), True
        except UnicodeError:
            continue
    if _is_damaged_utf8(body):
        return _forgiving(body, "utf-8")
    others = [name for name in said if name != "utf-8"] or ["cp1252"]
    for name in others:
        try:
            return body.decode(name), True
        except UnicodeError:
            continue
    return _forgiving(body, others[0])


def _is_damaged_utf8(body: bytes) -> bool:
    """Whether more than twice as many of its characters beyond ASCII can be read as cannot."""
    text = body.decode("utf-8", "replace")
    beyond, unreadable = len(text) - len(text.encode("ascii", "ignore")), text.count("\ufffd")
    return beyond - unreadable > 2 * unreadable


def _forgiving(body: bytes, name: str) -> tuple[str, bool]:
    text = body.decode(name, "replace").removeprefix("\ufeff")
    return text, "\ufffd" not in text


def _wide(body: bytes) -> str:
    """The encoding that a byte order mark, or the zeros of a wide one, give away; else ""."""
    return next((name for start, name in (*_BOMS, *_WIDE) if body.startswith(start)), "")


def _said(body: bytes, content_type: str) -> list[str]:
    in_header = _CHARSET.search(content_type)
    head = body[:2048]
    found = [in_header[1]] if in_header else []
    return found + [match[1].decode() for match in (_DECLARED.search(head), _META.search(head)) if match]


def _codec(name: str) -> str:
    """Python's name for an encoding of text, or "" for one it does not know."""
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    return _LARGER.get(known, known) if _TEXT.fullmatch(known) else ""

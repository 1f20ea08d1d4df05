"""Text fit to be stored, compared and read: from HTML, or from what claims to be plain."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

HEADLINE_LENGTH = 2_000
BODY_LENGTH = 500_000
NAME_LENGTH = 200
_HTML_LENGTH = 4 * BODY_LENGTH

# Form feed is white space to HTML, so it may stand anywhere, in tables too: it marks where a line ends.
_BREAK = "\f"
_BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption"
    "|figure|footer|form|h[1-6]|header|hgroup|hr|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|summary"
    "|table|tbody|tfoot|thead|title|tr|ul"
)
_BLOCK = re.compile(rf"<(?=/?(?:{_BLOCKS})[\s/>])", re.IGNORECASE)
_CELL = re.compile(r"<(?=t[dh][\s/>])", re.IGNORECASE)
_SILENT = [
    "script",
    "style",
    "template",
    "iframe",
    "noembed",
    "noframes",
    "object",
    "svg",
    "select",
    "textarea",
]
_HAS_SILENT = re.compile(rf"<(?:{'|'.join(_SILENT)})\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^<>]*>", re.IGNORECASE)
_HEAD = re.compile(r"<(?:html|head|body|frameset|title)\b", re.IGNORECASE)
_DEEPEST = 512
_TAG_NAME = re.compile(r"<(/?)([a-z][^\s/>]*)")
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_NEVER_NEST = frozenset(
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta"}
    | {"option", "p", "param", "source", "td", "th", "tr", "track", "wbr"}
)

_NEVER = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\ud800-\udfff\ufeff\ufdd0-\ufdef\ufffe\uffff]"
)
_MARKUP = re.compile(
    r"</?(?:a|abbr|acronym|b|big|br|center|cite|code|del|div|em|font|h[1-6]|i|img|ins|p|q|s|small|span|strike|strong|sub|sup|u)"
    r"(?:\s[^<>]*)?/?>|&(?:[a-z][a-z0-9]{1,31}|\#\d{1,7}|\#x[0-9a-f]{1,6});",
    re.IGNORECASE,
)


def body_of(text: str, *, html: bool) -> str:
    """The paragraphs of a text, one line each: no tags, no control characters, at most BODY_LENGTH."""
    if html and ("<" in text or "&" in text):
        text = _text_of_html(text)
    return _tidy(text)[:BODY_LENGTH].rstrip()


def headline_of(text: str, *, html: bool) -> str:
    """One line, at most HEADLINE_LENGTH characters: tags, line breaks and odd spaces gone."""
    return one_line(body_of(text[:_HTML_LENGTH], html=html), HEADLINE_LENGTH)


def one_line(text: str, length: int = NAME_LENGTH) -> str:
    """Clean text with every run of white space one space, cut to `length`."""
    return " ".join(_NEVER.sub("", text).split())[:length].rstrip()


def has_markup(text: str) -> bool:
    """Whether text that claims to be plain holds tags or entities of HTML after all."""
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def _tidy(text: str) -> str:
    """Lines without control characters, empty ones left out, white space collapsed."""
    lines = text.replace(_BREAK, "\n").split("\n")
    if all(
        map(str.isprintable, lines)
    ):  # so the space is their only white space: mostly nothing is to be done
        lines = [" ".join(line.split()) if "  " in line else line.strip() for line in lines]
    else:
        lines = [" ".join(line.split()) for line in _NEVER.sub("", text).splitlines()]
    return "\n".join(filter(None, lines))


def _text_of_html(html: str) -> str:
    """The text of a piece of HTML, with _BREAK where a paragraph, a row or a line ends."""
    html = html[:_HTML_LENGTH].replace("\x00", "")
    if not _TAG.search(html):  # plain after all: its lines are its paragraphs
        return unescape(html)
    html = _CELL.sub(" <", _BLOCK.sub(f"{_BREAK}<", html))
    if _is_too_deep(html):  # the parser's time grows with the square of the depth
        return _folded(unescape(_TAG.sub("", html)))
    tree = LexborHTMLParser(f"<body>{html}" if not _HEAD.search(html) else html)
    if _HAS_SILENT.search(html):
        tree.strip_tags(_SILENT, recursive=True)
    return _folded(tree.body.text() if tree.body else "")


def _folded(text: str) -> str:
    """White space as HTML means it: the line ends of the source are spaces."""
    return text.replace("\n", " ").replace("\r", " ")


def _is_too_deep(html: str) -> bool:
    """Whether tags nest, or are left open, deeper than in any news.

    Open tags are counted name by name, so that stray end tags cannot hide them.
    """
    if html.count("<") <= _DEEPEST:
        return False
    flat = frozenset[str]() if _FOREIGN.search(html) else _NEVER_NEST
    opened: dict[str, int] = {}
    total = 0
    for end, name in _TAG_NAME.findall(html.lower()):
        if name in flat:
            continue
        count = opened.get(name, 0)
        change = 1 if not end else -1 if count else 0
        opened[name] = count + change
        total += change
        if total > _DEEPEST:
            return True
    return False

"""Makes text sendable: what a receiver would choke on, or a reader be fooled by, is taken out.

A lone surrogate or a NUL makes a send fail every time; a bidi override shows a headline in another
order than it is written in; a line break in a title becomes a header of its own in a mail.
"""

import re

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSENDABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff"
    "\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\U000e0000-\U000e007f]"
)
_LEFT_OUT = "\n… (shortened) …\n\n"
_BLANK = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """The text without control, bidi and surrogate characters; line ends are "\\n"."""
    return _UNSENDABLE.sub("", _LINE_BREAKS.sub("\n", text))


def line(text: str, limit: int = 0) -> str:
    """The text as one line, at most `limit` characters (0: any length), shortened with an ellipsis."""
    return shorten(" ".join(plain(text).split()), limit) if limit else " ".join(plain(text).split())


def paragraphs(text: str, limit: int) -> str:
    """The text as lines without trailing blanks, at most `limit` characters; what is cut is said."""
    tidy = _BLANK.sub("\n\n", "\n".join(part.rstrip() for part in plain(text).split("\n"))).strip()
    if len(tidy) <= limit:
        return tidy
    note = f"\n… ({len(tidy) - limit:,} characters and more are left out here)"
    return tidy[: limit - len(note)].rstrip() + note


def without_middle(text: str, limit: int) -> str:
    """The text cut to `limit` characters: its beginning, a note, and the last paragraphs that fit."""
    if len(text) <= limit:
        return text
    room = limit - len(_LEFT_OUT)
    end = text[len(text) - room // 2 :]
    breaks = [end.find(mark) + len(mark) for mark in ("\n\n", "\n") if mark in end]
    tail = end[breaks[0] :] if breaks else ""
    return (text[: room - len(tail)].rstrip() + _LEFT_OUT + tail).rstrip()


def shorten(text: str, limit: int) -> str:
    """The text cut to `limit` characters, the last of them an ellipsis if anything was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

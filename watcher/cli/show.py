"""What is printed: for people, without anything that could drive a terminal; for machines, as JSON."""

import json
import os
import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from watcher.notify.passages import MARKS
from watcher.notify.sendable import line, plain

_MARKED = re.compile(f"{MARKS[0]}([^{MARKS[0]}{MARKS[1]}]*){MARKS[1]}")
_BOLD_YELLOW, _BOLD, _DIM, _RESET = "\x1b[1;33m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_WIDEST = 100


def say(text: str = "") -> None:
    """Text for people, on standard output."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """A line for people that is no result, on standard error."""
    sys.stderr.write(f"{text}\n")


def fail(*lines: str, error: BaseException, debug: bool) -> int:
    """Say what went wrong; exit code 1."""
    if debug:
        traceback.print_exception(error)
    for each in lines:
        note(plain(each))
    return 1


def say_json(value: Any) -> None:
    """One JSON document on standard output, never wrapped or coloured."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """Columns; on a terminal wide ones are cut. nothing: what to say when there are no rows."""
    if not rows:
        note(nothing)
        return
    cells = [headings, *([line(cell) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    if is_terminal():
        widths[:-1] = [min(each, max(10, width() // 4)) for each in widths[:-1]]
        widths[-1] = min(widths[-1], max(20, width() - sum(widths[:-1]) - 2 * len(widths[:-1])))
    for row in cells:
        text = "  ".join(map(_cut, row, widths)).rstrip()
        say(dim(text) if row is headings else text)


def _cut(cell: str, size: int) -> str:
    """The cell, `size` columns wide: filled up with spaces, or cut with an ellipsis."""
    return set_cell_size(cell, size) if cell_len(cell) <= size else set_cell_size(cell, size - 1) + "…"


def say_paragraphs(text: str) -> None:
    """Text for reading: on a terminal wrapped between words."""
    for paragraph in plain(text).split("\n"):
        say(wrapped(paragraph))


def wrapped(text: str, indent: str = "") -> str:
    """The text, wrapped to a width good for reading on a terminal; continued lines are indented."""
    if not is_terminal():
        return text
    return textwrap.fill(
        text,
        min(width(), _WIDEST),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=bool(text.strip()),
    )


def highlighted(text: str) -> str:
    """The text with what stands between »marks« in bold yellow; the marks stay where there is no colour."""
    return _MARKED.sub(rf"{_BOLD_YELLOW}\1{_RESET}", text) if is_coloured() else text


def bold(text: str) -> str:
    return f"{_BOLD}{text}{_RESET}" if is_coloured() else text


def dim(text: str) -> str:
    return f"{_DIM}{text}{_RESET}" if is_coloured() else text


def is_terminal() -> bool:
    """Does a person see what is printed?"""
    return sys.stdout.isatty()


def is_coloured() -> bool:
    """May it be in colour? See https://no-color.org."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    return shutil.get_terminal_size((80, 24)).columns

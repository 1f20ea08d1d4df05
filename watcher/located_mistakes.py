"""What is wrong with a line that YAML cannot read, in one plain sentence, and the line as it should be."""

import re
from collections.abc import Sequence

from watcher.errors import Problem

# Indentation, dashes and a key: any key at the start of a line, a plain small word behind a dash.
_HEAD = re.compile(r"""\s*(?:(?:-[ ]+)+(?:[a-z_]+:[ ]+)?|[^\s"'\[{#&*!|>@`%-][^:]*?:[ ]+)?""")
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT|NEAR/\w+|BEFORE/\w+)(?!\w)")
_QUOTES = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_LONGEST = 160
_COMMENT = re.compile(r"\s+#.*$")


def quoted(words: str) -> str:
    """The words in YAML's quotes."""
    if '"' in words or "\\" in words:
        return "'" + words.replace("'", "''") + "'"
    return f'"{words}"'


def explain(line: int, column: int, context: str, lines: Sequence[str]) -> tuple[Problem, str | None]:
    """The mistake at a line and column (from 0), its problem without a path.

    context: what YAML was reading there. Comes with the part of the line before its value, if the
    rest can be read without the value.
    """
    written = lines[line]
    tab = re.match(r"[ ]*\t", written)
    if tab:
        sentence = "a tab stands before the first word of the line; use spaces"
        return Problem("", line + 1, tab.end(), sentence), None
    head, value = _split(written)
    sentence = _value_mistake(head, value)
    if sentence:
        return Problem("", line + 1, len(head) + 1, sentence), head
    return Problem("", line + 1, column + 1, _other(context, written)), None


def _split(line: str) -> tuple[str, str]:
    """A line's indentation, dashes and key, and its value without a comment."""
    head = _HEAD.match(line)
    start = head.end() if head else 0
    return line[:start], _COMMENT.sub("", line[start:]).rstrip()


def bad_start(head: str, value: str) -> str:
    """What to write instead of a value whose first character means something else to YAML."""
    if value[0] == "*":
        better = re.sub(r"^\*+\s*(\w*)\*?", r"\1*", value)
        why = "a star stands at the end of a word"
    else:
        better = _first_quoted(value)
        why = "put it in quotes"
    return f'a value cannot start with "{value[0]}"; {why}: {_line(head.strip(), better)}'


def _line(key: str, value: str) -> str:
    """The line as it should be, its end left out if it is long."""
    line = f"{key} {value}".strip()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _value_mistake(head: str, value: str) -> str:
    """What is wrong with a value, or "" if nothing is seen."""
    key, first = head.strip(), value[:1]
    if first in ('"', "'"):
        return _quote_mistake(key, value)
    closing = {"[": "]", "{": "}"}.get(first, "")
    if closing and closing not in value:
        return f'the "{first}" that opens here is not closed; write {_line(key, value + closing)}'
    if closing == "}":
        return "YAML cannot read what stands between { and }; write its keys on lines of their own"
    if first and first in "*[&!@`%,]}|>?":
        return bad_start(head, value)
    if key and re.search(r":(?:\s|$)", value):
        return f"a colon in a value makes it a mapping; put it in quotes: {_line(key, quoted(value))}"
    return ""


def _quote_mistake(key: str, value: str) -> str:
    quotes = _QUOTES.match(value)
    if not quotes:
        return f"the quotation mark that opens here is not closed; write {_line(key, value + value[0])}"
    if quotes.end() == len(value):
        if value[0] == "'" or "\\" not in value:
            return ""
        return f"in double quotes a backslash is an escape; write {_line(key, quoted(value[1:-1]))}"
    better = f"({value})" if _OPERATOR.search(value) and value[0] == '"' else quoted(value)
    return f"YAML ends the value at the second quotation mark; write {_line(key, better)}"


def _first_quoted(value: str) -> str:
    """The value in quotes; of an expression with operators, only its first word, as a phrase."""
    if not _OPERATOR.search(value):
        return quoted(value)
    first, rest = value.split(" ", 1)
    return f'("{first}" {rest})'


def _other(context: str, written: str) -> str:
    if "simple key" in context:
        return f'this line has no colon: write it as "{written.strip()}: …", or start it with "- "'
    return (
        "YAML cannot read this line; check that it is indented like its neighbours, "
        "and that no quotation mark above it is left open"
    )

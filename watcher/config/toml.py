"""TOML in which every table and key knows its place."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from watcher.errors import ConfigError, Problem

Name = tuple[str | int, ...]  # ("sources", "kcna", "url"); of the second [[routes]]: ("routes", 1)
Places = Mapping[Name, tuple[int, int]]  # line and column, from 1

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_FAULTS = {
    r"Cannot (overwrite|declare|redefine|mutate)|Duplicate": "this name is written twice; remove one",
    r"(Invalid value|Unclosed|Unterminated).* end of": "the file ends before a bracket or a quote is closed",
    r"Invalid value": 'after "=" comes text in straight quotes, a number, true, false, or a [ list ]',
    r"Expected newline": 'a line holds one setting, and text stands in quotes: every = "15 minutes"',
    r"Expected '='": 'a setting is written: key = "value"',
    r"Invalid statement|Invalid initial": 'a line is a [table], a setting (key = "value") or a # comment',
    r"Illegal character '\\n'|Unterminated": "the quote that opens here is not closed on the same line",
    r"Unescaped": "in double quotes a backslash is written twice; in single quotes once",
    r"Expected '\]": "the bracket of this table's name is not closed",
    r"Unclosed": "a bracket that opens here is not closed",
}

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = re.compile(rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*")
_BLANK = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL
)
_BARE = re.compile(r"[^,\]}\n#]*")


def read(path: Path) -> tuple[dict[str, Any], Places]:
    """The tables of a file, and where each table and key stands. Raises ConfigError."""
    text = _text(path)
    try:
        return tomllib.loads(text), _Scan(text).places
    except tomllib.TOMLDecodeError as error:
        problem = _syntax(path, text, str(error))
    except RecursionError:
        problem = Problem(str(path), 0, 0, "brackets are nested too deeply in it")
    raise ConfigError([problem])


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, 0, _unreadable(path, error))]) from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = "this is not UTF-8 text; save the file in the encoding UTF-8"
        raise ConfigError([Problem(str(path), line, 0, text)]) from error


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return f"this is a folder; name the file in it, such as {path / 'config.toml'}"
    if isinstance(error, FileNotFoundError):
        return "there is no such file; `watcher init` writes a configuration to begin with"
    if isinstance(error, PermissionError):
        return "this user may not read it; see with `ls -l` who may, or run watcher as its owner"
    return f"it cannot be read: {error.strerror}"


def _syntax(path: Path, text: str, message: str) -> Problem:
    place = _AT.search(message)
    lines = text.rstrip("\n").split("\n")
    line, column = (int(place[1]), int(place[2])) if place and place[1] else (len(lines), 0)
    fault = next((words for known, words in _FAULTS.items() if re.match(known, message)), "")
    fault = fault or f"this is not TOML: {_AT.sub('', message)}"
    if any(quote in lines[min(line, len(lines)) - 1] for quote in "“”„‘’"):
        fault += '; mind that quotes must be straight (")'
    return Problem(str(path), line, column, fault)


class _Scan:
    """Where the tables and keys of a text stand. The text is TOML: tomllib has read it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._counts: dict[Name, int] = {}  # of [[tables]], by name
        self.places: dict[Name, tuple[int, int]] = {}
        table: Name = ()
        while self._next() is not None:
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _next(self) -> str | None:
        """The next character that is neither blank, comma nor comment; None at the end."""
        self._at = self._take(_BLANK).end()
        return self._text[self._at] if self._at < len(self._text) else None

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        assert match is not None, self._at
        self._at = match.end()
        return match

    def _mark(self, name: Name, at: int) -> None:
        line = bisect_right(self._starts, at)
        for length in range(1, len(name) + 1):
            self.places.setdefault(name[:length], (line, at - self._starts[line - 1] + 1))

    def _header(self) -> Name:
        """The name of the [table] or [[table]] that begins here."""
        at = self._at
        is_array = self._text.startswith("[[", at)
        self._at = at + (2 if is_array else 1)
        name = self._within(self._keys(), is_array)
        self._mark(name, at)
        self._at = self._text.index("]", self._at) + (2 if is_array else 1)
        return name

    def _within(self, keys: list[str], is_array: bool) -> Name:
        """The name, with the number of each [[table]] it goes through: the last one so far."""
        name: Name = ()
        for place, key in enumerate(keys):
            name += (key,)
            if is_array and place == len(keys) - 1:
                self._counts[name] = self._counts.get(name, 0) + 1
            if name in self._counts:
                name += (self._counts[name] - 1,)
        return name

    def _keys(self) -> list[str]:
        """The parts of the dotted key that stands here, unquoted."""
        self._next()
        return list(_path(tomllib.loads(f"{self._take(_DOTTED).group()} = 0")))

    def _pair(self, table: Name) -> None:
        at = self._at
        name = (*table, *self._keys())
        self._mark(name, at)
        self._at = self._text.index("=", self._at) + 1
        self._value(name)

    def _value(self, name: Name) -> None:
        first = self._next()
        if first == "[":
            self._array(name)
        elif first == "{":
            self._inline_table(name)
        else:
            self._take(_STRING if first in ('"', "'") else _BARE)

    def _array(self, name: Name) -> None:
        self._at += 1
        count = 0
        while self._next() != "]":
            self._mark((*name, count), self._at)
            self._value((*name, count))
            count += 1
        self._at += 1

    def _inline_table(self, name: Name) -> None:
        self._at += 1
        while self._next() != "}":
            self._pair(name)
        self._at += 1


def _path(nested: Any) -> Iterator[str]:
    while isinstance(nested, dict):
        ((key, nested),) = nested.items()
        yield key

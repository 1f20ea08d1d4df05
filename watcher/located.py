"""YAML in which every value knows its line, and every text is a string.

Documents are read from parser events, one by one: a mistake in one leaves the others readable. What
YAML would do behind the user's back (dates, booleans, aliases, tags, duplicate keys) is refused or not done.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import yaml

from watcher.errors import ConfigError, Problem
from watcher.located_mistakes import bad_start, explain

MOST_BYTES = 4_000_000
MOST_DEPTH = 16
_MOST_MISTAKES = 20
_BROKEN = "\ufffc"  # stands for a value that YAML cannot read
_UNFIT = re.compile(
    "[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffb\ufffd\U00010000-\U0010ffff]"
)
_DOCUMENT = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)
_COMMENT = re.compile(r"[ \t]+(#.*)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. value: as YAML means it; source: as it stands in the file, quotes included.

    line, column: of its first character. style: "" plain, ' or " quoted, | or > block.
    comment: what follows it on its last line. broken: YAML cannot read it, and a problem says so.
    """

    value: str
    line: int
    column: int
    source: str = ""
    style: str = ""
    comment: str = ""
    broken: bool = False

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of the source's character at `offset`."""
        before = self.source[:offset]
        if "\n" not in before:
            return self.line, self.column + offset
        return self.line + before.count("\n"), offset - before.rindex("\n")


@dataclass(frozen=True, slots=True)
class Entries:
    """A list. source: as it stands in the file; flow: written in brackets."""

    values: tuple["Value", ...]
    line: int
    column: int
    source: str = ""
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order written; each key once."""

    pairs: tuple[tuple[Text, "Value"], ...]
    line: int
    column: int
    source: str = ""

    def get(self, key: str) -> "Value | None":
        return next((value for name, value in self.pairs if name.value == key), None)


Value = Text | Entries | Table


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file. value: None if nothing could be read; line: where its text starts."""

    text: str
    line: int
    value: Value | None = None
    problems: tuple[Problem, ...] = ()


def read(path: Path, name: str) -> str:
    """The text of a file, line breaks as \\n; a ConfigError says why it cannot be had.

    name: how problems name the file.
    """
    try:
        kind = "a folder" if path.is_dir() else "no ordinary file"
        if not path.is_file():
            raise ConfigError([Problem(name, 0, 0, f"this is {kind}; only files are read, so move it away")])
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            [Problem(name, 0, 0, f"it cannot be read: {reason}; check its permissions")]
        ) from error
    return _decoded(content, name)


def _decoded(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        raise ConfigError([Problem(name, 0, 0, f"it is larger than {MOST_BYTES:,} bytes; split it")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        raise ConfigError([_at(name, before, "this is not UTF-8; save the file as UTF-8")]) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    unfit = _UNFIT.search(text)
    if unfit:
        sentence = f"an invisible character (U+{ord(unfit[0]):04X}) stands here; delete it"
        raise ConfigError([_at(name, text[: unfit.start()], sentence)])
    return text


def _at(name: str, before: str, sentence: str) -> Problem:
    return Problem(name, before.count("\n") + 1, len(before) - before.rfind("\n"), sentence)


def documents(text: str, name: str) -> list[Document]:
    """The documents of a file's text, in order, each with its own problems; empty ones are left out."""
    starts = [0, *(match.end() for match in _DOCUMENT.finditer(text))]
    ends = [*(match.start() for match in _DOCUMENT.finditer(text)), len(text)]
    pieces = [(text[start:end], text.count("\n", 0, start)) for start, end in zip(starts, ends, strict=True)]
    return [_document(piece, lines_before, name) for piece, lines_before in pieces if _says_something(piece)]


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def _document(text: str, lines_before: int, name: str) -> Document:
    """Read one document; a line that YAML cannot read is explained, set aside, and the rest read again."""
    mistakes: list[Problem] = []
    lines = text.split("\n")
    while True:
        builder = _Builder("\n".join(lines), lines_before, name)
        try:
            value = builder.build()
        except yaml.MarkedYAMLError as error:
            mistake, repaired = explain(*_mark(error, len(lines)), str(error.context or ""), lines)
            mistakes.append(replace(mistake, path=name, line=mistake.line + lines_before))
            if repaired is None or len(mistakes) >= _MOST_MISTAKES:
                return Document(text, lines_before + 1, None, tuple(mistakes))
            lines[mistake.line - 1] = repaired + _BROKEN
        else:
            return Document(text, lines_before + 1, value, tuple(sorted([*mistakes, *builder.problems])))


def _mark(error: yaml.MarkedYAMLError, lines: int) -> tuple[int, int]:
    """The line and column of a mistake: where it began, if YAML noticed it only lines later."""
    noticed, began = error.problem_mark, error.context_mark
    began_before = any(word in str(error.context or "") for word in ("quoted", "flow", "simple key"))
    mark = began if began and (began_before or noticed is None or noticed.line >= lines) else noticed
    return (min(mark.line, lines - 1), mark.column) if mark else (0, 0)


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read."""

    start: yaml.events.CollectionStartEvent
    values: list[Value] = field(default_factory=list)


class _Span(NamedTuple):
    """Where an event stands in its document: characters [start, end), line and column from 0."""

    start: int
    end: int
    line: int
    column: int


def _span(event: yaml.events.Event) -> _Span:
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    return _Span(start.index, end.index, start.line, start.column)


class _Builder:
    """Values from the parser's events, without recursion."""

    def __init__(self, text: str, lines_before: int, name: str) -> None:
        self._text = text
        self._lines_before = lines_before
        self._name = name
        self.problems: list[Problem] = []

    def build(self) -> Value | None:
        stack: list[_Frame] = []
        root: Value | None = None
        for event in self._events():
            done: Value | None = None
            if isinstance(event, yaml.events.CollectionStartEvent):
                stack.append(_Frame(event))
                self._refuse_properties(event)
                if len(stack) > MOST_DEPTH:
                    self._say(event, f"this is nested more than {MOST_DEPTH} deep; no rule needs that")
                    return None
            elif isinstance(event, yaml.events.CollectionEndEvent):
                done = self._collection(stack.pop(), event)
            elif isinstance(event, yaml.events.NodeEvent):
                done = self._scalar(event, refused=self._refuse_properties(event))
            if done is not None and stack:
                stack[-1].values.append(done)
            elif done is not None:
                root = done
        return root

    def _events(self) -> Iterator[yaml.events.Event]:
        events: Iterator[yaml.events.Event] = yaml.parse(self._text, Loader=_LOADER)
        return events

    def _say(self, event: yaml.events.Event, sentence: str) -> None:
        line, column = self._place(event)
        self.problems.append(Problem(self._name, line, column, sentence))

    def _place(self, event: yaml.events.Event) -> tuple[int, int]:
        span = _span(event)
        return span.line + 1 + self._lines_before, span.column + 1

    def _refuse_properties(self, event: yaml.events.NodeEvent) -> bool:
        """Has the value an anchor or a tag, or is it an alias? Says so."""
        if not event.anchor and not getattr(event, "tag", None):
            return False
        span = _span(event)
        line = self._text[span.start - span.column :].split("\n", 1)[0]
        self._say(event, bad_start(line[: span.column], line[span.column :].rstrip()))
        return True

    def _scalar(self, event: yaml.events.NodeEvent, *, refused: bool) -> Text:
        start, end, *_ = _span(event)
        line, column = self._place(event)
        style = getattr(event, "style", None) or ""
        if style in ("|", ">"):
            return self._block(event, start, end)
        source = self._text[start:end]
        value = str(getattr(event, "value", source))
        comment = _COMMENT.match(self._text, end)
        broken = refused or value.startswith(_BROKEN)
        return Text(value, line, column, source, style, comment[1] if comment else "", broken)

    def _block(self, event: yaml.events.NodeEvent, start: int, end: int) -> Text:
        """A block text: its place and source are those of its first words, below the | or >."""
        header_end = self._text.find("\n", start, end) + 1 or end
        body = self._text[header_end:end]
        indent = len(body) - len(body.lstrip())
        before = self._text[: header_end + indent]
        place = _at(self._name, before, "")
        source = body[indent:].rstrip()
        value = str(getattr(event, "value", ""))
        return Text(
            value, place.line + self._lines_before, place.column, source, str(getattr(event, "style", ""))
        )

    def _collection(self, frame: _Frame, end: yaml.events.Event) -> Value:
        line, column = self._place(frame.start)
        source = self._text[_span(frame.start).start : _span(end).end].rstrip()
        if isinstance(frame.start, yaml.events.SequenceStartEvent):
            return Entries(tuple(frame.values), line, column, source, bool(frame.start.flow_style))
        return Table(tuple(self._pairs(frame.values)), line, column, source)

    def _pairs(self, values: list[Value]) -> Iterator[tuple[Text, Value]]:
        first: dict[str, Text] = {}
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, Text):
                sentence = "a key has to be a plain word, not a list or a mapping"
                self.problems.append(Problem(self._name, key.line, key.column, sentence))
            elif key.value in first:
                line = first[key.value].line
                sentence = f'"{key.value}" stands here a second time (first in line {line}); keep one of them'
                self.problems.append(Problem(self._name, key.line, key.column, sentence))
            else:
                first[key.value] = key
                yield key, value

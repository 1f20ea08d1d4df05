"""Expressions as they stand in a file: where YAML's reading of a line and ours meet."""

import re
from collections.abc import Iterator, Mapping

from watcher.errors import Problem
from watcher.located import Entries, Table, Text, Value
from watcher.located_mistakes import quoted
from watcher.rules.expression import ExpressionError, parse
from watcher.rules.nodes import Expression
from watcher.rules.wordlist import WordList

_OPERATOR = re.compile(r"\b(?:AND|OR|NOT|NEAR/\w+|BEFORE/\w+)(?!\w)")
_LIST = re.compile(r"\$([\w-]+)")


class Notes:
    """The problems of one file, as they are found, and the lists that were used meanwhile."""

    def __init__(self, path: str, lists: Mapping[str, WordList], broken: Mapping[str, str]) -> None:
        """broken: the names of lists that cannot be used → their files."""
        self.path = path
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self._lists = lists
        self._broken = broken

    @property
    def has_errors(self) -> bool:
        return any(not problem.warning for problem in self.problems)

    def error(self, value: Value, sentence: str) -> None:
        self.problems.append(Problem(self.path, value.line, value.column, sentence))

    def warn(self, value: Value, sentence: str) -> None:
        self.problems.append(Problem(self.path, value.line, value.column, sentence, warning=True))

    def expression(self, value: Value) -> Expression | None:
        """The expression that a value is, or None and a problem."""
        text = self.text(value, "an expression")
        if text is None or text.broken or not self._is_readable(text):
            return None
        source = _source(text)
        named = named_lists(source)
        for name in sorted(named & self._broken.keys()):
            self.error(text, f"the list ${name} cannot be used; mend {self._broken[name]} first")
            return None
        self.used |= named & self._lists.keys()
        try:
            found = parse(source, self._lists)
        except ExpressionError as error:
            line, column = _place(text, error.column - 1)
            cut = f' (the rest of the line, "{text.comment}", is a comment to YAML)' if text.comment else ""
            self.problems.append(Problem(self.path, line, column, error.message + cut))
            return None
        return found

    def text(self, value: Value, what: str) -> Text | None:
        """The value, if it is one text; else a problem that says how to write it. what: "an expression"."""
        if isinstance(value, Text):
            self._check_comment(value)
            return value
        if isinstance(value, Table) and value.pairs:
            line = " ".join(value.source.split())
            self.error(
                value, f"a colon makes this a mapping, but {what} is wanted; put it in quotes: {quoted(line)}"
            )
        else:
            self.error(value, f"{what} is wanted here, not a list or a mapping")
        return None

    def texts(self, value: Value, what: str) -> Iterator[Value]:
        """The entries of a list, or the value itself; of a list in brackets only if no comma can mislead."""
        if not isinstance(value, Entries):
            yield value
            return
        if value.flow and len(value.values) > 1 and any(map(_is_dotted, value.values)):
            sentence = f"every comma in brackets begins a new entry; write {what} on a line of its own"
            self.error(value, f"{sentence}: - {value.source.strip('[] ')}")
            return
        if not value.values:
            self.error(value, f"this list is empty; write {what} in it or delete it")
        yield from value.values

    def _check_comment(self, text: Text) -> None:
        if len(text.comment) > 1 and not text.comment[1].isspace() and text.comment[1] not in "#-=!":
            better = quoted(f"{text.source} {text.comment}")
            self.warn(
                text, f'"{text.comment}" is a comment to YAML; if it belongs here, put it in quotes: {better}'
            )

    def _is_readable(self, text: Text) -> bool:
        """Can YAML's quotes not be taken for those of an expression, nor the other way round?"""
        if text.style == "'" and '"' not in text.value and _OPERATOR.search(text.value):
            self.error(
                text,
                f"single quotes may mean a phrase or nothing; write {text.value} for the operators, "
                f'or "{text.value}" for the phrase',
            )
            return False
        if text.style == '"' and "\\" in text.source:
            self.error(text, f"backslashes are not needed in an expression; write ({text.value})")
            return False
        return True


def named_lists(expression: str) -> frozenset[str]:
    """What stands behind a $ in an expression."""
    return frozenset(_LIST.findall(expression))


def _is_dotted(value: Value) -> bool:
    return isinstance(value, Text) and not value.style and "." in value.value


def _source(text: Text) -> str:
    """What the expression is: the line as it stands, or what single quotes hold."""
    return text.value if text.style == "'" else text.source.replace("\n", " ")


def _place(text: Text, offset: int) -> tuple[int, int]:
    if text.style == "'":
        offset += 1 + text.value[:offset].count("'")
    return text.place(offset)

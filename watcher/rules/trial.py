"""Runs the tests that a rule brings along."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from watcher.errors import ConfigError, Problem
from watcher.located import Table, Text, Value, read
from watcher.model import Dispatch, Surface
from watcher.rules.document import test_entries
from watcher.rules.match import evidence
from watcher.rules.pieces import Vocabulary
from watcher.rules.reading import FIELDS, Reading
from watcher.rules.rule import Rule
from watcher.rules.suggest import unknown
from watcher.rules.written import Notes

KINDS = ("fires", "silent")
_TEST_FIELDS = (*FIELDS, "language", "file")


class Tests:
    """The tests of one rule's document, and the problems they turn up."""

    def __init__(self, table: Table, path: str, base: Path, vocabulary: Vocabulary) -> None:
        """base: the folder that `file: seeds/NAME` starts from."""
        self._table = table
        self._base = base
        self._vocabulary = vocabulary
        self._notes = Notes(path, {}, {})

    def run(self, rule: Rule) -> list[Problem]:
        """An error for each test that does not go as it says, a warning if there are none."""
        tests = self._table.get("tests")
        if tests is None:
            self._notes.warn(
                self._table, "the rule has no tests; add headlines under tests: fires: and silent:"
            )
        elif not isinstance(tests, Table):
            self._notes.error(
                tests, '"tests" needs "fires:" or "silent:" below it, each with a list of headlines'
            )
        else:
            for key, _ in tests.pairs:
                if key.value not in KINDS:
                    self._notes.error(key, unknown("kind of test", key.value, KINDS))
            self._check(rule)
        return self._notes.problems

    def _check(self, rule: Rule) -> None:
        for kind in KINDS:
            for value in test_entries(self._table, kind):
                dispatch = self._dispatch(value)
                if dispatch is not None:
                    self._try(rule, value, dispatch, fires=kind == "fires")

    def _try(self, rule: Rule, value: Value, dispatch: Dispatch, *, fires: bool) -> None:
        reading = Reading(dispatch, self._vocabulary)
        shown = dispatch.headline or dispatch.body[:80]
        hits = rule.condition.holds(reading)
        if fires and hits is None:
            self._notes.error(value, f"this should fire, but {_why_silent(rule, reading)}: {shown}")
        elif not fires and hits is not None:
            words = ", ".join(f"“{each.quote}”" for each in evidence(hits)) or "nothing speaks against it"
            self._notes.error(value, f"this should be silent, but it fires ({words}): {shown}")

    def _dispatch(self, value: Value) -> Dispatch | None:
        if isinstance(value, Text):
            self._notes.text(value, "a headline")
            return None if value.broken else _dispatch({"headline": value.value})
        if not isinstance(value, Table):
            self._notes.error(value, "a test is a headline, or a mapping of fields")
            return None
        fields = dict(self._fields(value))
        if not fields or len(fields) < len(value.pairs):
            return None
        if "file" not in fields:
            return _dispatch(fields)
        return self._file(value, fields["file"])

    def _fields(self, table: Table) -> Iterator[tuple[str, str]]:
        for name, value in table.pairs:
            if name.value not in _TEST_FIELDS:
                self._refuse_field(table, name)
                return
            text = self._notes.text(value, "a text")
            if text is not None:
                yield name.value, text.value

    def _refuse_field(self, table: Table, name: Text) -> None:
        if " " in name.value or name.value[:1].isupper():
            self._notes.text(table, "a headline")
        else:
            self._notes.error(name, unknown("field of a test", name.value, _TEST_FIELDS))

    def _file(self, value: Value, name: str) -> Dispatch | None:
        path = (self._base / name).resolve()
        if not path.is_relative_to(self._base.resolve()):
            self._notes.error(value, f"{name} is outside {self._base}; put the file inside it")
            return None
        if not path.exists():
            self._notes.error(value, f"there is no file {name} in {self._base}")
            return None
        try:
            headline, _, body = read(path, name).partition("\n")
        except ConfigError as error:
            self._notes.error(value, str(error))
            return None
        return _dispatch({"headline": headline.strip(), "body": body.strip()})


def _dispatch(fields: Mapping[str, str]) -> Dispatch:
    """The dispatch of a test. A lead or a text without a body is the body."""
    body = fields.get("body", fields.get("lead", fields.get("text", "")))
    surface = Surface(fields.get("source", ""), fields.get("link", ""), fields.get("section", ""))
    return Dispatch(
        "",
        fields.get("headline", ""),
        body,
        (surface,),
        author=fields.get("author", ""),
        language=fields.get("language", ""),
    )


def _why_silent(rule: Rule, reading: Reading) -> str:
    if rule.condition.when.holds(reading) is None:
        return "“when” does not hold"
    vetoes = rule.condition.vetoed(reading) or []
    words = ", ".join(f"“{each.quote}”" for each in evidence(vetoes))
    return f"“unless” holds{f' on {words}' if words else ''}"

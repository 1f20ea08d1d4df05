"""Reads one YAML document as a rule: every key, and every problem at once."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from watcher.errors import Problem
from watcher.located import Document, Entries, Table, Text, Value
from watcher.model import Event, RuleText, Severity
from watcher.rules.condition import Condition
from watcher.rules.lists import Lists
from watcher.rules.regex import compiled
from watcher.rules.rule import (
    DEFAULT_QUIET_AFTER,
    EVERY_DISPATCH,
    LONGEST_STORY,
    STATUSES,
    Rule,
    primary,
    slug,
)
from watcher.rules.state import ALERT_KINDS
from watcher.rules.suggest import unknown
from watcher.rules.when import ConditionReader
from watcher.rules.written import Notes
from watcher.times import parse_duration

KEYS = (
    "rule id why severity sources when unless events languages tags status owner capture alert per "
    "quiet_after notify tests".split()
)
PER = ("source", "concept")
_ID = re.compile(r"\w+(?:[.-]\w+)*")


@dataclass(frozen=True, slots=True)
class Written:
    """What a document says. rule: None if it has errors; table: all of it, as it stands."""

    rule: Rule | None
    problems: tuple[Problem, ...]
    table: Table | None = None

    @property
    def place(self) -> tuple[int, int]:
        """The line and column of the rule's id, or of its title."""
        named = (self.table.get("id") or self.table.get("rule")) if self.table else None
        return (named.line, named.column) if named else (0, 0)


def read_rule(document: Document, path: str, lists: Lists) -> Written:
    """The rule of a document. path: how problems name its file."""
    notes = Notes(path, lists.words, lists.broken)
    notes.problems += document.problems
    table = document.value
    if not isinstance(table, Table):
        if table is not None:
            notes.error(table, 'a rule begins with "rule: " and its title')
        return Written(None, tuple(notes.problems))
    rule = _DocumentReader(table, notes).rule(document.text, lists.texts)
    return Written(None if notes.has_errors else rule, tuple(sorted(notes.problems)), table)


_TOLD_EVENTS = [str(each) for each in Event if each is not Event.WITHDRAWN]  # which no poll finds out


class _DocumentReader:
    """The keys of one document, each read into what it means."""

    def __init__(self, table: Table, notes: Notes) -> None:
        self._table = table
        self._notes = notes

    def rule(self, text: str, lists: Mapping[str, str]) -> Rule | None:
        for key, _ in self._table.pairs:
            if key.value not in KEYS:
                self._notes.error(key, unknown("key of a rule", key.value, KEYS))
        title = self._line("rule")
        if not title and not isinstance(self._table.get("rule"), Text):
            self._notes.error(self._table, 'the rule has no title; begin with "rule: " and what it finds')
        condition = self._condition()
        capture = self._capture()
        name = self._id(title)
        per, alert = self._per(capture), self._choice("alert", list(ALERT_KINDS), EVERY_DISPATCH)
        self._check_story_keys(alert)
        fields: dict[str, Any] = {
            "why": self._line("why"),
            "severity": Severity[
                self._choice("severity", [str(each) for each in Severity], "medium").upper()
            ],
            "sources": frozenset(self._names("sources")),
            "events": frozenset(map(Event, self._choices("events", _TOLD_EVENTS) or ["new"])),
            "languages": frozenset(map(primary, self._names("languages"))),
            "tags": frozenset(self._names("tags")),
            "status": self._choice("status", STATUSES, "live"),
            "owner": self._line("owner"),
            "quiet_after": self._quiet_after(),
            "notify": tuple(self._names("notify")),
        }
        if condition is None:
            return None
        written = self._text(name, text.strip(), {used: lists[used] for used in sorted(self._notes.used)})
        return Rule(
            name, written.version, title, condition, written, alert=alert, per=per, capture=capture, **fields
        )

    def _text(self, name: str, text: str, lists: Mapping[str, str]) -> RuleText:
        content = "\0".join([text, *(f"{each}\0{lists[each]}" for each in lists)])
        version = blake2b(content.encode(), digest_size=8).hexdigest()
        return RuleText(name, version, self._notes.path, text, lists)

    def _value(self, key: str) -> Value | None:
        return self._table.get(key)

    def _line(self, key: str) -> str:
        """The text of a key on one line, or "" if it is not there."""
        value = self._value(key)
        text = self._notes.text(value, "a text") if value is not None else None
        if text is not None and not text.value.strip():
            self._notes.error(text, f'"{key}" is empty; write something or delete the line')
        return " ".join(text.value.split()) if text is not None else ""

    def _names(self, key: str) -> list[str]:
        value = self._value(key)
        found = self._notes.texts(value, "each name") if value is not None else ()
        texts = [text for each in found if (text := self._notes.text(each, "a name"))]
        for text in texts:
            if not text.value.strip():
                self._notes.error(text, f'"{key}" has an empty name; write one or delete it')
        return [text.value.strip() for text in texts if text.value.strip()]

    def _choice(self, key: str, known: Collection[str], default: str) -> str:
        value = self._value(key)
        text = self._notes.text(value, "a text") if value is not None else None
        if text is None or text.broken:
            return default
        said = " ".join(text.value.split())
        if said not in known:
            self._notes.error(text, unknown(f"“{key}” that is understood", said, known))
            return default
        return said

    def _choices(self, key: str, known: Collection[str]) -> list[str]:
        names = self._names(key)
        value = self._value(key)
        for name in names:
            if name not in known and value is not None:
                self._notes.error(value, unknown(f"“{key}” that is understood", name, known))
        return [name for name in names if name in known]

    def _id(self, title: str) -> str:
        given = self._line("id") if self._value("id") is not None else slug(title)
        value = self._value("id") or self._value("rule")
        if value is not None and given and not _ID.fullmatch(given):
            self._notes.error(value, f"an id has letters, digits and hyphens; write id: {slug(given)}")
        if value is not None and title and not given:
            self._notes.error(value, "no id can be made of this title; add one, like id: plenary-meeting")
        return given

    def _condition(self) -> Condition | None:
        reader = ConditionReader(self._notes)
        when, unless = self._value("when"), self._value("unless")
        if when is None:
            self._notes.error(self._table, 'the rule has no "when"; write below it what it looks for')
        vetoes = reader.unless(unless) if unless is not None else None
        holds = reader.when(when) if when is not None else None
        return Condition(holds, vetoes) if holds else None

    def _capture(self) -> dict[str, Any]:
        value = self._value("capture")
        if value is None:
            return {}
        if not isinstance(value, Table):
            self._notes.error(
                value, "\"capture\" needs a name and a regex below it, like session: '(\\d+)th Plenary'"
            )
            return {}
        found = {name.value: self._pattern(each) for name, each in value.pairs}
        return {name: pattern for name, pattern in found.items() if pattern is not None}

    def _pattern(self, value: Value) -> Any:
        text = self._notes.text(value, "a regex")
        if text is None or text.broken:
            return None
        try:
            return compiled(f"(?i){text.value}")
        except ValueError as error:
            self._notes.error(text, f"this regex cannot be used: {error}")
            return None

    def _per(self, capture: Mapping[str, Any]) -> str:
        value = self._value("per")
        if value is None or (isinstance(value, Text) and value.broken):
            return ""
        per = self._line("per")
        known = [*PER, *capture]
        if per not in known and not (isinstance(self._value("capture"), Table) and self._notes.has_errors):
            self._notes.error(value, unknown("name under “capture”", per, known))
        return per

    def _quiet_after(self) -> timedelta:
        value = self._value("quiet_after")
        if value is None:
            return DEFAULT_QUIET_AFTER
        try:
            length = parse_duration(self._line("quiet_after"))
        except ValueError as error:
            self._notes.error(value, str(error))
            return DEFAULT_QUIET_AFTER
        if length > LONGEST_STORY:
            self._notes.error(value, f"a story is open for {LONGEST_STORY.days} days at most; write less")
        return length

    def _check_story_keys(self, alert: str) -> None:
        for key in ("per", "quiet_after"):
            value = self._value(key)
            if value is not None and alert == EVERY_DISPATCH:
                self._notes.warn(
                    value, f'"{key}" counts only with "alert: once per story"; add that or delete it'
                )


def test_entries(table: Table | None, kind: str) -> tuple[Value, ...]:
    """The entries of `tests`, of one kind: "fires" or "silent"."""
    tests = table.get("tests") if table else None
    found = tests.get(kind) if isinstance(tests, Table) else None
    if found is None:
        return ()
    return found.values if isinstance(found, Entries) else (found,)

"""A rule, ready to be matched."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from watcher.model import Event, RuleText, Severity
from watcher.rules.condition import Condition

STATUSES = ("live", "draft", "off")
EVERY_DISPATCH = "every dispatch"
ONCE_PER_STORY = "once per story"
DEFAULT_QUIET_AFTER = timedelta(days=3)
LONGEST_STORY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an analyst wrote, read and compiled.

    version: the hash of its text and lists; sources: names or tags, empty for all; languages: empty
    for all; capture: name → RE2 pattern; per: "source", "concept", the name of a capture or "".
    """

    id: str
    version: str
    title: str
    condition: Condition = field(compare=False, repr=False)
    text: RuleText = field(compare=False, repr=False)
    why: str = ""
    severity: Severity = Severity.MEDIUM
    sources: frozenset[str] = frozenset()
    events: frozenset[Event] = frozenset({Event.NEW})
    languages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    status: str = "live"
    owner: str = ""
    alert: str = EVERY_DISPATCH
    per: str = ""
    quiet_after: timedelta = DEFAULT_QUIET_AFTER
    notify: tuple[str, ...] = ()
    capture: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def reads(self, scope: frozenset[str], language: str) -> bool:
        """Is a dispatch of these sources and tags, in this language ("" if unknown), any of its business?"""
        if self.status == "off" or (self.sources and self.sources.isdisjoint(scope)):
            return False
        return not self.languages or not language or primary(language) in self.languages


def primary(language: str) -> str:
    """The language without its country: en of en-GB."""
    return re.split("[-_]", language.strip().casefold(), maxsplit=1)[0]


def slug(title: str) -> str:
    """The id of a rule that has none: its title in small letters and hyphens."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")

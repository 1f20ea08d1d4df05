"""Regexes in expressions: RE2, which takes linear time."""

from dataclasses import dataclass, field
from typing import Any

import re2

from watcher.rules.term import Anchors, Field, Hit, Weigh

MAX_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern, in any case unless it says (?-i), searched in a field's original text."""

    pattern: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError with what is wrong."""
        object.__setattr__(self, "_compiled", compiled(f"(?i){self.pattern}"))
        if self._compiled.search(""):
            raise ValueError("it matches even an empty text, so that it always holds")

    def holds(self, field: Field) -> list[Hit] | None:
        for passage in field:
            if match := self._compiled.search(passage.plain):
                return [Hit(passage, 0, 0, span=match.span())]
        return None

    def anchors(self, weigh: Weigh) -> Anchors:
        return frozenset()


def compiled(pattern: str) -> Any:
    """The pattern, compiled by RE2. Raises ValueError with what is wrong."""
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"a regex has at most {MAX_LENGTH:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        (reason,) = error.args
        raise ValueError(reason.decode() if isinstance(reason, bytes) else reason) from error

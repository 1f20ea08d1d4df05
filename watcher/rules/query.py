"""An expression asked of the archive: `watcher dispatches search EXPRESSION`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watcher.errors import ConfigError, Problem
from watcher.model import Dispatch, Evidence
from watcher.rules.expression import Expression, ExpressionError, parse
from watcher.rules.match import evidence
from watcher.rules.pieces import Vocabulary
from watcher.rules.reading import Reading
from watcher.rules.weight import weigh
from watcher.rules.wordlist import WordList


@dataclass(frozen=True, slots=True)
class Query:
    """anchors: index terms of which at least one is in every text that matches; empty: cannot tell."""

    expression: Expression
    anchors: frozenset[str]
    _vocabulary: Vocabulary = field(default_factory=Vocabulary, repr=False, compare=False)

    def evidence(self, dispatch: Dispatch) -> tuple[Evidence, ...] | None:
        """The words of headline and body that make the expression true, or None."""
        hits = self.expression.holds(Reading(dispatch, self._vocabulary).field("text"))
        return None if hits is None else evidence(hits)


def parse_query(expression: str, lists: Mapping[str, WordList]) -> Query:
    """The query for an expression. Raises ConfigError with the column of what cannot be read."""
    try:
        parsed = parse(expression, lists)
    except ExpressionError as error:
        raise ConfigError([Problem("expression", 1, error.column, error.message)]) from error
    # the full-text index knows words in lower case, abbreviations too
    return Query(parsed, frozenset(anchor.casefold() for anchor in parsed.anchors(weigh)))

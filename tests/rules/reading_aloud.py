"""Asks an expression of a headline and a body, and says which words made it true."""

from collections.abc import Mapping

from watcher.rules.expression import parse
from watcher.rules.passage import Passage
from watcher.rules.pieces import Pieces
from watcher.rules.term import Field
from watcher.rules.wordlist import Concept, WordList


def passages(body: str, headline: str = "") -> Field:
    keys = Pieces()
    return (Passage("headline", headline, keys, heading=True), Passage("body", body, keys))


def quotes(
    expression: str, body: str, headline: str = "", lists: Mapping[str, WordList] | None = None
) -> list[str] | None:
    hits = parse(expression, lists or {}).holds(passages(body, headline))
    return None if hits is None else [hit.evidence().quote for hit in hits]


def word_list(name: str, concepts: Mapping[str, list[str]]) -> WordList:
    made = (Concept(concept, tuple(parse(term, {}) for term in terms)) for concept, terms in concepts.items())
    return WordList(name, tuple(made))  # type: ignore[arg-type]

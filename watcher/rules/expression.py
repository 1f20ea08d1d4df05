"""Expressions: one line of text that says what words a field must have. RULES.md describes the language."""

from collections.abc import Mapping

from watcher.rules.nodes import Expression, Placed
from watcher.rules.term import Hit
from watcher.rules.tokens import ExpressionError, refuse, tokens
from watcher.rules.wordlist import WordList

__all__ = ["Expression", "ExpressionError", "Hit", "parse", "parse_term"]


def parse(text: str, lists: Mapping[str, WordList]) -> Expression:
    """The expression, ready to be asked. Raises ExpressionError, whose column counts from 1.

    lists: those that $name can mean.
    """
    from watcher.rules.grammar import build  # lark is loaded when the first expression is read

    return build(text, lists)


def parse_term(text: str) -> Placed:
    """One term of a list: words and phrases, with OR between them. Raises ExpressionError."""
    for token in tokens(text):
        if token.kind not in ("WORD", "QUOTED", "OR", "OPEN", "CLOSE"):
            refuse(
                token.column,
                f"a list holds words and phrases, OR between them: write {token.value} in the rule",
            )
    from watcher.rules.grammar import PLACED

    term = parse(text, {})
    assert isinstance(term, PLACED)
    return term

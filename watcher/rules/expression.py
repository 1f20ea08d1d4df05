"""Expressions: one line of text that says what words a field must have. RULES.md describes the language."""

from collections.abc import Mapping

from watcher.rules.nodes import Expression
from watcher.rules.term import Hit
from watcher.rules.tokens import ExpressionError
from watcher.rules.wordlist import WordList

__all__ = ["Expression", "ExpressionError", "Hit", "parse"]


def parse(text: str, lists: Mapping[str, WordList]) -> Expression:
    """The expression, ready to be asked. Raises ExpressionError, whose column counts from 1.

    lists: those that $name can mean.
    """
    from watcher.rules.grammar import build  # lark is loaded when the first expression is read

    return build(text, lists)

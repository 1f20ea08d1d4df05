"""What to tell someone whose expression cannot be read: what is wrong, and what to write instead."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from watcher.rules.tokens import Token

_LONGEST = 60


def misplaced(before: Token | None, token: Token) -> str:
    """A token that cannot follow the one before it."""
    if before and before.kind == "ATLEAST":
        return f"{before.value} takes a list: {before.value} $key_sectors"
    if before and before.kind == "TIMES":
        return f"{before.value} needs what to count: {before.value} coal, {before.value} (coal OR peat)"
    if token.kind in ("AND", "OR", "NOT", "NEAR", "CLOSE"):
        return _needs_left(before, token)
    assert before
    if token.kind == "TIMES" and before.kind in ("WORD", "QUOTED"):
        return f'{token.value} counts mentions and begins a part; for the word, write "{token.value}"'
    if before.kind == "NEAR":
        return f"{short(token.value)} cannot stand beside {before.value}"
    return f"an operator is missing before {short(token.value)}: AND, OR, NOT or NEAR/6"


def _needs_left(before: Token | None, token: Token) -> str:
    if token.kind == "CLOSE":
        return (
            unfinished(before) if before and before.kind != "OPEN" else "nothing stands in these parentheses"
        )
    if token.kind == "NOT" and before and before.kind == "AND":
        return "for AND NOT write NOT alone: coal NOT metal"
    if token.kind == "NOT" and before and before.kind == "OR":
        return "OR NOT would hold for nearly every text: write what must not be there under unless"
    if token.kind == "NOT" and (before is None or before.kind == "OPEN"):
        return "NOT needs something before it, as coal NOT metal; what must never be there goes under unless"
    after = f" after {before.value}" if before and before.kind != "OPEN" else ""
    return f"nothing stands before {token.value}{after}: for the word, {_as_word(token)}"


def _as_word(token: Token) -> str:
    word = token.value.partition("/")[0]
    return f'write it small or in quotes, "{word}"'


def unfinished(last: Token) -> str:
    """The last token demands another."""
    if last.kind == "ATLEAST":
        return f"{last.value} takes a list: {last.value} $key_sectors"
    if last.kind == "TIMES":
        return f"{last.value} needs what to count: {last.value} coal, {last.value} (coal OR peat)"
    return f"nothing follows {last.value}: for the word, {_as_word(last)}"


def mixture(parts: Sequence[str], first: str, second: str) -> str:
    """A AND B OR C."""
    a, b, c = map(short, parts)
    return (
        f"{first} and {second} are mixed, which can be read two ways: "
        f"write ({a} {first} {b}) {second} {c}, or {a} {first} ({b} {second} {c})"
    )


def near_chain(parts: Sequence[str], operators: Sequence[Token]) -> str:
    """A NEAR/5 B NEAR/5 C."""
    a, b, c = map(short, parts[:3])
    first, second = operators[0].value, operators[1].value
    return f"{first} joins two sides only: write ({a} {first} {b}) AND ({b} {second} {c})"


def distributed(parts: Sequence[str], inner: Token, other: str, operator: Token, *, left: bool) -> str:
    """(A AND B) NEAR/5 C, (A NEAR/2 B) NEAR/5 C."""
    if inner.kind == "NEAR":
        return near_chain(
            [*parts, other] if left else [other, *parts], [inner, operator] if left else [operator, inner]
        )
    sides = [(short(part), short(other)) for part in parts]
    pairs = [f"({a} {operator.value} {b})" for a, b in (sides if left else map(reversed, sides))]
    return f"{inner.kind} cannot stand inside {operator.value}: write {f' {inner.kind} '.join(pairs)}"


def beside(side: str, other: str, operator: str) -> str:
    """3x coal NEAR/5 metal, /regex/ NEAR/5 metal, …"""
    return (
        f"{short(side)} cannot stand beside {operator}, which joins words, phrases, lists, or an OR of them: "
        f"write {short(side)} AND {short(other)}"
    )


def unknown_list(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    if close:
        return f"there is no list ${name}, did you mean ${close[0]}?"
    return f"there is no list ${short(name)}: a list is a file lists/NAME.yaml, and uses no other list"


def short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

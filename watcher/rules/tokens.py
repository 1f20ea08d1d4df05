"""Cuts an expression into tokens, and refuses at once what is another service's language."""

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

MAX_LENGTH = 50_000
MAX_TOKENS = 5_000
MAX_DEPTH = 50
MAX_DISTANCE = 500
RESERVED = frozenset("AND OR NOT NEAR BEFORE AT LEAST OF".split())

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<OPEN>[(（])
    | (?P<CLOSE>[)）])
    | (?P<QUOTED>=?["“”„＂](?P<quote>[^"“”„＂]*)["“”„＂]\*?)
    | (?P<UNQUOTED>=?["“”„＂])
    | (?P<REGEX>/(?P<pattern>(?:[^/\\]|\\.)+)/(?P<flags>\w*))
    | (?P<UNCLOSED>/(?=\S))
    | (?P<LIST>\$(?P<list>[^\W\d][\w-]*))
    | (?P<ATLEAST>AT\s+LEAST\s+(?P<least>\d+)\s+OF(?![^\s$(]))
    | (?P<TIMES>(?P<times>\d+)[xX×](?![^\s(="“”„$/]))
    | (?P<NEAR>(?:NEAR|BEFORE)/(?:\d+|S|P)(?![^\s(="“”„$]))
    | (?P<WORD>[^\s()（）"“”„＂]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_EDGES = re.compile(r"^\W+|\W+$")
_FOREIGN = re.compile(
    r"(?P<name>near|adj|onear|atleast)/?(?P<number>\d+)|(?P<slashed>near|w|pre|onear|before)/(?P<reach>\d+|s|sent|p|para)"
    r"|(?P<same>same)",
    re.IGNORECASE,
)


class ExpressionError(ValueError):
    """An expression that cannot be read: one plain sentence, and the column (from 1) it is about."""

    def __init__(self, column: int, message: str) -> None:
        self.column = column
        self.message = message
        super().__init__(f"column {column}: {message}")


class Token(NamedTuple):
    """kind: OPEN CLOSE QUOTED REGEX LIST ATLEAST TIMES NEAR AND OR NOT WORD; value: as it was written.

    content: what is between quotes or slashes, the list's name, or a number's digits.
    """

    kind: str
    value: str
    column: int
    content: str = ""


def refuse(column: int, message: str) -> NoReturn:
    raise ExpressionError(column, message)


def tokens(text: str) -> list[Token]:
    """The tokens of an expression. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        refuse(
            MAX_LENGTH + 1,
            f"an expression has at most {MAX_LENGTH:,} characters: make it lists or several rules",
        )
    found: list[Token] = []
    opened: list[int] = []
    for token in _cut(text):
        if len(found) >= MAX_TOKENS:
            refuse(
                token.column,
                f"an expression has at most {MAX_TOKENS:,} words: make it lists or several rules",
            )
        _count_depth(token, opened)
        found.append(token)
    if opened:
        refuse(opened[-1], "this ( is never closed: add a )")
    if not found:
        refuse(1, "the expression is empty: write a word or a phrase")
    return found


def _count_depth(token: Token, opened: list[int]) -> None:
    if token.kind == "OPEN":
        opened.append(token.column)
        if len(opened) > MAX_DEPTH:
            refuse(token.column, f"more than {MAX_DEPTH} parentheses inside each other: split the expression")
    elif token.kind == "CLOSE":
        if not opened:
            refuse(token.column, "this ) closes nothing: remove it or add a ( before it")
        opened.pop()


def _cut(text: str) -> Iterator[Token]:
    place = 0
    while match := _TOKEN.match(text, place):
        kind = match.lastgroup or ""
        place = match.end()
        value = match.group(kind)
        column = match.start(kind) + 1
        yield _token(kind, value, column, match)


def _token(kind: str, value: str, column: int, match: re.Match[str]) -> Token:
    if kind == "UNQUOTED":
        refuse(column, 'this quote is never closed: add a " at the end of the phrase')
    if kind == "UNCLOSED":
        refuse(column, r"this / begins a regex that no / ends: add it, or write \/ for a slash inside")
    if kind == "REGEX" and match["flags"]:
        refuse(
            column + len(value) - len(match["flags"]),
            "no letters go after a regex: it ignores case already, and (?-i) at its start minds it",
        )
    if kind == "WORD":
        return _word(value, column)
    content = next(
        (match[name] for name in ("quote", "pattern", "list", "least", "times") if match[name]), ""
    )
    return Token(kind, value, column, content)


def _word(value: str, column: int) -> Token:
    bare = _EDGES.sub("", value)
    if bare in ("AND", "OR", "NOT") and bare == value:
        return Token(value, value, column)
    if bare in RESERVED or re.match(r"(?:NEAR|BEFORE)/", value):
        refuse(column, _reserved(bare))
    _refuse_foreign(value, column)
    return Token("WORD", value, column)


def _reserved(word: str) -> str:
    if word.startswith(("NEAR", "BEFORE")):
        name = word.partition("/")[0]
        return (
            f"{name} needs a distance: {name}/6 for words, {name}/S for a sentence, {name}/P for a paragraph"
        )
    if word in ("AT", "LEAST", "OF"):
        return f'{word} belongs to AT LEAST 3 OF $list: for the word, write it small or in quotes, "{word}"'
    return f"remove the punctuation from {word}, or put it in quotes"


def _refuse_foreign(value: str, column: int) -> None:
    if value.endswith("!") and value[:-1].isalnum():
        refuse(column, f"for any ending write {value[:-1]}*; for the word alone leave out the !")
    match = _FOREIGN.fullmatch(value)
    if match:
        refuse(column, f"{value} is not our operator: {_our_spelling(match)}")


def _our_spelling(match: re.Match[str]) -> str:
    if match["same"]:
        return 'write NEAR/P for one paragraph; for the word, put it in quotes, "same"'
    name = (match["name"] or match["slashed"]).lower()
    reach = match["number"] or match["reach"][: None if match["reach"].isdigit() else 1].upper()
    if name == "atleast":
        return f"write {reach}x coal for at least {reach} mentions of coal"
    if name in ("pre", "onear", "before"):
        return f"write BEFORE/{reach} for this order"
    return f"write NEAR/{reach} for either order, BEFORE/{reach} for this one"

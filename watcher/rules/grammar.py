"""The grammar of expressions, and how its tree becomes nodes."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NoReturn, cast

from lark import Lark, Tree
from lark import Token as Leaf
from lark.exceptions import UnexpectedToken

from watcher.rules import advice
from watcher.rules.near import Near
from watcher.rules.nodes import AllOf, AnyOf, AnyPlaced, ButNot, Expression, Placed, Times
from watcher.rules.phrase import term
from watcher.rules.regex import Regex
from watcher.rules.term import Term
from watcher.rules.tokens import MAX_DISTANCE, Token, refuse, tokens
from watcher.rules.wordlist import AtLeast, WordList

_GRAMMAR = """
    start: chain
    chain: near ((AND | OR | NOT) near)*
    near: part (NEAR part)*
    ?part: phrase | regex | list | atleast | times | group
    phrase: (WORD | QUOTED)+
    regex: REGEX
    list: LIST
    atleast: ATLEAST LIST
    times: TIMES (phrase | regex | list | atleast | group)
    group: OPEN chain CLOSE
    %declare AND OR NOT NEAR WORD QUOTED REGEX LIST ATLEAST TIMES OPEN CLOSE
"""
Branch = Tree[Leaf]
PLACED = (Term, WordList, AnyPlaced)


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True)


def build(text: str, lists: Mapping[str, WordList]) -> Expression:
    """The nodes of an expression. Raises ExpressionError."""
    found = tokens(text)
    builder = _Builder(text, {token.column - 1: token for token in found}, lists)
    return builder.chain(_branches(_tree(found))[0])


def _tree(found: Sequence[Token]) -> Branch:
    parser = _grammar().parse_interactive()
    for before, token in pairwise([None, *found]):
        assert token
        start = token.column - 1
        try:
            parser.feed_token(
                Leaf(token.kind, token.value, start_pos=start, end_pos=start + len(token.value))
            )
        except UnexpectedToken:
            refuse(token.column, advice.misplaced(before, token))
    try:
        return cast(Branch, parser.feed_eof())  # type: ignore[no-untyped-call]
    except UnexpectedToken:
        refuse(found[-1].column, advice.unfinished(found[-1]))


class _Builder:
    """Turns the tree of one expression into nodes."""

    def __init__(self, text: str, found: Mapping[int, Token], lists: Mapping[str, WordList]) -> None:
        self._text = text
        self._tokens = found
        self._lists = lists

    def chain(self, tree: Branch) -> Expression:
        """A, A AND B AND C, A OR B OR C, A NOT B NOT C."""
        operators = self._leaves(tree)
        for before, after in pairwise(operators):
            if after.kind != before.kind:
                self._refuse_mixture(tree, operators.index(after))
        parts = tuple(map(self._near, _branches(tree)))
        if not operators:
            return parts[0]
        if operators[0].kind == "AND":
            return AllOf(parts)
        if operators[0].kind == "NOT":
            return ButNot(parts[0], parts[1:])
        return any_of(parts)

    def _near(self, tree: Branch) -> Expression:
        operators, sides = self._leaves(tree), _branches(tree)
        if not operators:
            return self._part(sides[0])
        if len(operators) > 1:
            refuse(operators[1].column, advice.near_chain(list(map(self._source, sides)), operators))
        operator = operators[0]
        reach = _reach(operator)
        left, right = (self._side(side, operator, sides) for side in sides)
        return Near(left, right, reach, ordered=operator.value.startswith("BEFORE"))

    def _part(self, tree: Branch) -> Expression:
        first = self._leaves(tree)[0]
        match tree.data:
            case "phrase":
                return term(self._leaves(tree))
            case "regex":
                return _regex(first)
            case "list":
                return self._list(first)
            case "atleast":
                return self._at_least(*self._leaves(tree))
            case "times":
                return self._times(first, _branches(tree)[0])
        return self.chain(_branches(tree)[0])

    def _list(self, token: Token) -> WordList:
        if token.content not in self._lists:
            refuse(token.column, advice.unknown_list(token.content, self._lists))
        return self._lists[token.content]

    def _at_least(self, operator: Token, name: Token) -> Expression:
        words = self._list(name)
        least = int(operator.content[:6])
        if not 1 <= least <= len(words.concepts):
            refuse(
                operator.column, f"${words.name} has {len(words.concepts)} concepts: ask for 1 to that many"
            )
        return AtLeast(least, words)

    def _times(self, operator: Token, tree: Branch) -> Expression:
        what, times = self._part(tree), int(operator.content[:6])
        if not 1 <= times <= 1000:
            refuse(operator.column, "a number of mentions is from 1x to 1000x")
        if not isinstance(what, PLACED):
            refuse(
                tree.meta.start_pos + 1,
                f"{operator.value} counts words, phrases, lists, or an OR of them: {operator.value} (A OR B)",
            )
        return Times(times, what)

    def _side(self, tree: Branch, operator: Token, sides: Sequence[Branch]) -> Placed:
        node = self._part(tree)
        if isinstance(node, PLACED):
            return node
        return self._refuse_side(tree, operator, sides)

    def _refuse_side(self, tree: Branch, operator: Token, sides: Sequence[Branch]) -> NoReturn:
        left = tree is sides[0]
        other = self._source(sides[1 if left else 0])
        inner = _unwrapped(tree)
        operators = self._leaves(inner)
        if inner.data == "near" or (inner.data == "chain" and operators[0].kind != "OR"):
            parts = [self._source(branch) for branch in _branches(inner)]
            refuse(operators[0].column, advice.distributed(parts, operators[0], other, operator, left=left))
        refuse(inner.meta.start_pos + 1, advice.beside(self._source(tree), other, operator.value))

    def _refuse_mixture(self, tree: Branch, place: int) -> NoReturn:
        parts = [self._source(branch) for branch in _branches(tree)[place - 1 : place + 2]]
        first, second = self._leaves(tree)[place - 1 : place + 1]
        refuse(second.column, advice.mixture(parts, first.kind, second.kind))

    def _source(self, tree: Branch) -> str:
        return self._text[tree.meta.start_pos : tree.meta.end_pos]

    def _leaves(self, tree: Branch) -> list[Token]:
        return [self._tokens[leaf.start_pos or 0] for leaf in tree.children if isinstance(leaf, Leaf)]


def any_of(parts: tuple[Expression, ...]) -> Expression:
    """OR: it stands at places if all its parts do."""
    placed = tuple(part for part in parts if isinstance(part, PLACED))
    return AnyPlaced(placed) if len(placed) == len(parts) else AnyOf(parts)


def _branches(tree: Branch) -> list[Branch]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _unwrapped(tree: Branch) -> Branch:
    """The tree without parentheses around it."""
    while tree.data in ("group", "chain", "near") and len(_branches(tree)) == 1:
        tree = _branches(tree)[0]
    return tree


def _reach(operator: Token) -> int | str:
    reach = operator.value.partition("/")[2]
    if not reach.isdigit():
        return reach
    if len(reach) > 6 or int(reach) > MAX_DISTANCE:
        refuse(
            operator.column, f"a distance is at most {MAX_DISTANCE} words: for more, AND or NEAR/P will do"
        )
    return int(reach)


def _regex(token: Token) -> Regex:
    try:
        return Regex(token.content)
    except ValueError as error:
        refuse(token.column, f"this regex cannot be used: {error}")

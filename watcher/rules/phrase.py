"""The words of an expression that stand side by side become a term."""

from collections.abc import Iterator, Sequence

from watcher.rules.advice import short
from watcher.rules.term import Atom, Term
from watcher.rules.tokens import RESERVED, Token, refuse
from watcher.text import Word, is_abbreviation, is_syllabic, words


def term(found: Sequence[Token]) -> Term:
    """The term that these tokens of kind WORD and QUOTED spell. Raises ExpressionError."""
    atoms = [atom for token in found for atom in _atoms(token)]
    if not atoms:
        refuse(found[0].column, f"there is no word in {short(found[0].value)}: write letters or digits")
    return Term(tuple(atoms))


def _atoms(token: Token) -> Iterator[Atom]:
    exact = token.value.startswith("=")
    if token.kind == "WORD":
        yield from _piece(token.value[exact:], token.column + exact, exact, folded=False)
        if token.value == "=":
            refuse(
                token.column,
                '= stands before the word or quote that needs its exact case: =WPK or ="Iron and Steel"',
            )
        return
    if token.value.endswith("*"):
        refuse(token.column + len(token.value) - 1, "write the * inside the quotes, at the end of a word")
    # a capital operator in quotes is a word like any other, and so are its neighbours: "IN AND OUT"
    folded = not exact and not RESERVED.isdisjoint(token.content.split())
    column = token.column + exact + 1
    for piece in token.content.split(" "):
        yield from _piece(piece, column, exact, folded=folded)
        column += len(piece) + 1


def _piece(piece: str, column: int, exact: bool, *, folded: bool) -> Iterator[Atom]:
    """The atoms of a stretch without spaces, such as plenum*, coal-mining or 제6차전원회의를."""
    core = piece.removesuffix("*")
    found = list(words(core))
    star = core != piece
    _check_wildcards(core, column)
    if star:
        _check_star(found, core, column)
    for place, word in enumerate(found):
        glued = place > 0 and word.start == found[place - 1].end
        yield _atom(word, star=star and place == len(found) - 1, exact=exact, tight=glued, folded=folded)


def _atom(word: Word, *, star: bool, exact: bool, tight: bool, folded: bool) -> Atom:
    if star and not folded and is_abbreviation(word.key):
        # a beginning in capitals stays in capitals: SPA* finds SPA and SPAs, not "space"
        return Atom(word.key, star=True, exact=word.exact, tight=tight, folded=True)
    return Atom(word.key, star, word.exact if exact else "", tight, folded)


def _check_wildcards(core: str, column: int) -> None:
    if "*" in core:
        refuse(column + core.index("*"), "a * stands only at the end of a word, for any ending: plenum*")
    inner = core.rstrip("?")
    if "?" in inner and inner.replace("?", "").isalpha():
        refuse(
            column + core.index("?"), "there is no ? for one letter: write the spellings, (woman OR women)"
        )


def _check_star(found: Sequence[Word], core: str, column: int) -> None:
    if not found or found[-1].end != len(core):
        refuse(column + len(core), "a * stands only at the end of a word, for any ending: plenum*")
    if is_syllabic(found[-1].key):
        refuse(column + len(core), f"{short(core)} is found inside longer words anyway: leave out the *")
    if len(found[-1].key) < 3:
        refuse(column + len(core), "a * needs at least 3 letters before it: fewer would begin too many words")

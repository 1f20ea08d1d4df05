"""The language against its slow twin, on texts and expressions that nobody would think of."""

import oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.model import Dispatch, Surface
from watcher.rules.expression import parse
from watcher.rules.passage import Passage
from watcher.rules.pieces import Pieces
from watcher.rules.query import parse_query
from watcher.rules.wordlist import Concept, WordList
from watcher.text import index_terms

WORDS = tuple(
    (
        "coal Coal COAL coals steel STEEL iron Iron and or in out IN AND OUT us US U.S. USA WPK wpk C.C. CC "
        "cc Kim's plenum plenums Plenary plenary meeting meetings 8th 3 No. Sept. It the St. café CAFÉ naïve "
        "coal-mining 1000 10,000 p.m. PM 전원회의 전원 회의 회의를 제6차 제6차전원회의에서 당 당중앙위원회 "
        "중앙 위원회 금속공업 금속 화학 하였다 北 北京 中国 党 中央委員会 カタカナ ｶﾀｶﾅ かな 3일회의 "
        "WPK중앙위원회 Ａ１ ﬁsh"
    ).split()
)
GAPS = [" "] * 10 + [". "] * 4
GAPS += [", ", "! ", "; ", "-", "/", " - ", "\n", "\n\n", "\u00a0", "", "·", "。", '" ', "'s "]
QUOTED = (
    '"IN AND OUT"',
    '"coal AND steel"',
    '="Iron and Steel"',
    '"US OR us"',
    '="IN AND OUT"',
    '"plenary meet*"',
)
LISTS: oracle.ListsOfTerms = {
    "metal": {
        "metal": [("phrase", "iron", "and", "steel"), ("phrase", "steel*"), ("phrase", "금속")],
        "coal": [("or", ("phrase", "coal"), ("phrase", "coals"))],
        "party": [("phrase", "WPK"), ("phrase", "당중앙위원회"), ("phrase", "COA*")],
        "state": [("phrase", "us"), ("phrase", "北")],
    },
    "plain": {
        "plenum*": [("phrase", "plenum*")],
        "전원회의": [("phrase", "전원회의")],
        "US": [("phrase", "US")],
    },
}


def compiled(lists: oracle.ListsOfTerms) -> dict[str, WordList]:
    return {
        name: WordList(
            name,
            tuple(
                Concept(concept, tuple(parse(oracle.written(term), {}) for term in terms))  # type: ignore[misc]
                for concept, terms in concepts.items()
            ),
        )
        for name, concepts in lists.items()
    }


COMPILED = compiled(LISTS)


def spellings(word: str) -> list[str]:
    """How an expression may ask for a word."""
    if word in ("AND", "OR"):
        return ['"AND"']
    found = [word, word, word, f"={word}"]
    for end in (3, 4, 6):
        if word[:end].isascii() and word[:end].isalnum() and len(word) >= end:
            found += [f"{word[:end]}*", f"={word[:end]}*"]
    return found


def trees(pool: list[str]) -> st.SearchStrategy[oracle.Tree]:
    """Expressions about a few words."""
    parts = st.sampled_from([*(spelling for word in pool for spelling in spellings(word)), *QUOTED[:2]])
    word = parts.map(lambda drawn: ("phrase", drawn))
    phrases = st.one_of(
        word, word, st.lists(parts, min_size=2, max_size=3).map(lambda drawn: ("phrase", *drawn))
    )
    named = st.sampled_from([("list", name) for name in LISTS])
    simple = st.one_of(
        phrases, phrases, phrases, st.sampled_from([("phrase", each) for each in QUOTED]), named
    )
    placed = st.one_of(simple, st.lists(simple, min_size=2, max_size=3).map(lambda drawn: ("or", *drawn)))
    operators, reaches = st.sampled_from(["NEAR", "BEFORE"]), st.sampled_from([0, 1, 2, 4, "S", "S", "P"])
    nears = st.tuples(st.just("near"), operators, reaches, placed, placed)
    regexes = st.sampled_from([("regex", pattern) for pattern in ("co[a-z]+", "plen(ary|um)", r"\d", "회의")])
    times = st.tuples(st.just("times"), st.integers(1, 4), placed)
    least = st.tuples(st.just("least"), st.integers(1, 3), st.sampled_from([*LISTS]))
    leaves = st.one_of(placed, nears, nears, times, regexes, least)
    joins = st.sampled_from(["and", "or", "not"])
    return st.recursive(
        leaves,
        lambda inner: st.tuples(joins, st.lists(inner, min_size=2, max_size=3)).map(
            lambda drawn: (drawn[0], *drawn[1])
        ),
        max_leaves=4,
    )


def texts(pool: list[str]) -> st.SearchStrategy[str]:
    pieces = st.tuples(st.sampled_from([*pool * 20, *WORDS]), st.sampled_from(GAPS))
    joined = st.lists(pieces, min_size=3, max_size=14).map(
        lambda drawn: "".join(word + gap for word, gap in drawn)
    )
    return st.one_of(joined, joined, joined, joined.map(str.upper))


@st.composite
def cases(draw: st.DrawFn) -> tuple[oracle.Tree, str, str]:
    """An expression, a headline and a body that have words in common."""
    pool = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5))
    return draw(trees(pool)), draw(texts(pool)), draw(texts(pool))


def check(tree: oracle.Tree, headline: str, body: str) -> None:
    text = oracle.written(tree)
    expression = parse(text, COMPILED)
    keys = Pieces()
    field = (Passage("headline", headline, keys, heading=True), Passage("body", body, keys))
    hits = expression.holds(field)
    expected = oracle.holds(tree, headline, body, LISTS)
    assert (hits is not None) == expected, (text, headline, body)
    query = parse_query(text, COMPILED)
    found = query.evidence(Dispatch("kcna", headline, body, (Surface("kcna-en"),)))
    assert (found is not None) == expected
    if hits is None:
        return
    for hit in hits:
        evidence = hit.evidence()
        assert (
            evidence.quote
            == {"headline": headline, "body": body}[evidence.field][evidence.start : evidence.end]
        )
        assert evidence.quote
    anchors = expression.anchors(len)
    known = oracle.vocabulary(headline, body)
    assert not anchors or any(oracle.occurs(anchor, known) for anchor in anchors), (
        text,
        headline,
        body,
        anchors,
    )
    assert all(passage.terms <= known | {"", "\n", "\0"} for passage in field)
    assert known <= field[0].terms | field[1].terms
    indexed = {*index_terms(f"{headline}\n{body}").split()}
    assert not query.anchors or any(oracle.occurs(anchor, indexed) for anchor in query.anchors)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_it_agrees_with_its_slow_twin(case: tuple[oracle.Tree, str, str]) -> None:
    check(*case)


@pytest.mark.campaign
@settings(max_examples=30_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_it_agrees_with_its_slow_twin_for_long(case: tuple[oracle.Tree, str, str]) -> None:
    check(*case)

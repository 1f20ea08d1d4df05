import pytest
from reading_aloud import word_list

from watcher.errors import ConfigError
from watcher.model import Dispatch, Surface
from watcher.rules.query import parse_query
from watcher.text import index_terms

DISPATCH = Dispatch(
    "kcna", "Coal Output Rises", "It rises.\nU.S. iron", (Surface("kcna-en", section="steel"),)
)


def test_it_asks_headline_and_body() -> None:
    found = parse_query("iron AND coal", {}).evidence(DISPATCH)
    assert [(each.field, each.quote, each.start) for each in found or ()] == [
        ("headline", "Coal", 0),
        ("body", "iron", 15),
    ]


def test_headline_and_body_are_two_paragraphs() -> None:
    assert parse_query("rises it", {}).evidence(DISPATCH) is None
    assert parse_query("rises NEAR/P iron", {}).evidence(DISPATCH) is None
    assert parse_query("steel", {}).evidence(DISPATCH) is None


def test_it_knows_lists() -> None:
    lists = {"sectors": word_list("sectors", {"coal": ["coal"], "metal": ["iron"]})}
    found = parse_query("AT LEAST 2 OF $sectors", lists).evidence(DISPATCH)
    assert [each.concept for each in found or ()] == ["coal", "metal"]


@pytest.mark.parametrize(
    ("expression", "anchors"),
    [
        ("US", {"us"}),
        ("plenum*", {"plenum*"}),
        ("SPA*", {"spa*"}),
        ("coal OR 전원회의", {"coal", "전원"}),
        ("Café", {"cafe"}),
        ("/x/", set()),
    ],
)
def test_its_anchors_are_terms_of_the_full_text_index(expression: str, anchors: set[str]) -> None:
    query = parse_query(expression, {})
    assert query.anchors == anchors
    assert not any("*" not in anchor and anchor not in index_terms(anchor).split() for anchor in anchors)


def test_it_says_in_which_column_an_expression_is_wrong() -> None:
    with pytest.raises(ConfigError, match=r"expression:1:6: nothing follows AND"):
        parse_query("coal AND", {})

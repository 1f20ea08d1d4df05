import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polls import HOUR, LONG, NOW, poll, seen

from watcher.model import Dispatch
from watcher.store import Store, Transaction, search
from watcher.text import index_terms


def _texts(*texts: str) -> list[Dispatch]:
    return [seen(text, "", f"https://kcna.test/{number}") for number, text in enumerate(texts)]


def _found(tx: Transaction, *anchors: str) -> list[str]:
    return [dispatch.headline for dispatch in search.candidates(tx, frozenset(anchors))]


@pytest.fixture
def tx(store: Store):
    with store.write() as transaction:
        yield transaction


def test_it_finds_words_of_the_headline_and_of_the_body(tx: Transaction):
    poll(tx, seen("Plenum held", "Steel production rose."), seen("Weather", "", "https://kcna.test/2"))
    assert _found(tx, "plenum") == ["Plenum held"]
    assert _found(tx, "steel") == ["Plenum held"]
    assert _found(tx, "coal") == []


def test_at_least_one_of_several_anchors_is_enough(tx: Transaction):
    poll(tx, *_texts("Steel rises", "Coal rises", "Weather"))
    assert _found(tx, "steel", "coal", "peat") == ["Coal rises", "Steel rises"]


def test_of_an_anchor_of_several_words_all_must_be_there(tx: Transaction):
    poll(tx, *_texts("Central Committee meets", "Central bank meets"))
    assert _found(tx, "central committee") == ["Central Committee meets"]


def test_a_star_finds_any_ending(tx: Transaction):
    poll(tx, *_texts("Plenary meeting", "Plenums", "Plan"))
    assert _found(tx, "plen*") == ["Plenums", "Plenary meeting"]
    assert _found(tx, "plenary meet*") == ["Plenary meeting"]


def test_words_are_found_whatever_their_case_and_accents(tx: Transaction):
    poll(tx, *_texts("Café in the U.S. opens"))
    assert _found(tx, "CAFE") == _found(tx, "US") == _found(tx, "u.s.") == ["Café in the U.S. opens"]


@pytest.mark.parametrize(
    "anchor", ["전원회의", "회의", "차전", "조선로동당 중앙", "당 중앙", "중앙위", "제6차"]
)
def test_hangul_is_found_inside_words_and_across_spaces(tx: Transaction, anchor: str):
    poll(tx, *_texts("조선로동당 중앙위원회 제6차 전원회의를 소집", "날씨"))
    assert _found(tx, anchor) == ["조선로동당 중앙위원회 제6차 전원회의를 소집"]


@pytest.mark.parametrize("anchor", ["全会", "中全", "党", "プレ"])
def test_han_and_kana_of_two_characters_are_found(tx: Transaction, anchor: str):
    poll(tx, *_texts("六中全会 プレナム 党 開催", "天気"))
    assert _found(tx, anchor) == ["六中全会 プレナム 党 開催"]


def test_a_single_syllable_is_found_as_a_word(tx: Transaction):
    poll(tx, *_texts("당 대회", "정당"))
    assert _found(tx, "당") == ["당 대회"]


def test_an_anchor_that_says_nothing_leaves_everything_to_be_looked_at(tx: Transaction):
    poll(tx, *_texts("Steel", "Weather"))
    for anchors in ([], [""], ["steel", "—"], ["*"], ["김*"]):
        assert len(_found(tx, *anchors)) == 2


@pytest.mark.parametrize(
    "hostile",
    [
        '"',
        'steel" OR "weather',
        "steel OR weather",
        "NEAR(steel)",
        "terms: steel",
        "^steel",
        "-steel",
        "steel*x",
        "(",
        "'; DROP TABLE search; --",
        "\0steel",
        "{a b}: steel",
    ],
)
def test_nothing_in_an_anchor_is_an_operator(tx: Transaction, hostile: str):
    poll(tx, *_texts("Weather"))
    says_nothing = not index_terms(hostile)
    assert _found(tx, hostile) == (["Weather"] if says_nothing else [])


def test_thousands_of_anchors_are_no_trouble(tx: Transaction):
    poll(tx, *_texts("Steel rises", "Weather"))
    assert _found(tx, "steel", *(f"word{number}" for number in range(3000))) == ["Steel rises"]


def test_the_newest_come_first_and_each_once(tx: Transaction, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "_BATCH", 2)
    poll(tx, *(seen(f"Steel {number}", "", f"https://kcna.test/{number}") for number in range(5)))
    poll(tx, seen("Steel of old", "", "https://kcna.test/9"), now=NOW - HOUR)
    assert _found(tx, "steel") == [*(f"Steel {number}" for number in (4, 3, 2, 1, 0)), "Steel of old"]
    assert _found(tx) == _found(tx, "steel")


def test_it_follows_the_current_text(tx: Transaction):
    poll(tx, seen(body=LONG))
    poll(tx, seen(body=f"{LONG} steel"))
    assert _found(tx, "steel") == ["Plenum held"]
    poll(tx, seen(body=f"{LONG} coal"))
    assert _found(tx, "steel") == []
    assert _found(tx, "coal") == ["Plenum held"]


def test_a_merged_dispatch_is_found_once(tx: Transaction):
    poll(tx, seen(), seen(body=f"{LONG} steel", link="https://kcna.test/2"))
    poll(tx, seen(body=f"{LONG} steel"))
    assert len(_found(tx, "steel")) == len(_found(tx, "plenum")) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=40), st.text(max_size=40))
def test_every_term_of_a_text_finds_it(tx: Transaction, headline: str, body: str):
    [dispatch] = poll(tx, seen(headline, body, "https://kcna.test/law"))
    for term in index_terms(f"{dispatch.headline}\n{dispatch.body}").split():
        assert dispatch in list(search.candidates(tx, frozenset([term])))

from reading_aloud import passages

from watcher.rules.term import Atom, Hit, Term


def term(*keys: str) -> Term:
    return Term(tuple(Atom(key.removesuffix("*"), star=key.endswith("*")) for key in keys))


def places(wanted: Term, text: str) -> list[tuple[int, int]]:
    return [(hit.first, hit.last) for hit in wanted.hits(passages(text)[1])]


def test_it_finds_every_place_in_order() -> None:
    assert places(term("coal"), "coal and coal, Coal") == [(0, 1), (2, 3), (3, 4)]
    assert places(term("coal", "mine"), "coal mine, coal mine") == [(0, 2), (2, 4)]
    assert places(term("coal", "coal"), "coal coal coal") == [(0, 2), (1, 3)]


def test_it_finds_whole_words_or_beginnings() -> None:
    assert places(term("coal"), "charcoal coals") == []
    assert places(term("coal*"), "charcoal coals coal") == [(1, 2), (2, 3)]
    assert places(term("coal*", "mine*"), "coals mines, coal, a mine") == [(0, 2)]


def test_it_crosses_no_sentence_and_no_paragraph() -> None:
    assert places(term("coal", "iron"), "coal. Iron") == []
    assert places(term("coal", "iron"), "coal\n\nIron") == []
    assert places(term("st", "iron"), "St. Iron") == [(0, 2)]


def test_tight_words_have_only_white_space_between() -> None:
    tight = Term((Atom("전"), Atom("원", tight=True)))
    assert places(tight, "전원 전 원, 전,원") == [(0, 2), (2, 4)]


def test_it_compares_spelling_where_that_is_asked() -> None:
    assert places(Term((Atom("iron", exact="Iron"),)), "iron Iron IRONS") == [(1, 2)]
    assert places(Term((Atom("SPA", star=True, exact="SPA", folded=True),)), "SPA SPAs space SPARTANS") == [
        (0, 1),
        (1, 2),
        (3, 4),
    ]


def test_it_finds_a_place_in_capitals_once() -> None:
    assert places(term("coal"), "COALS AND COAL ARE MINED IN COAL MINES") == [(2, 3), (6, 7)]
    assert places(term("US"), "THEY TOLD US OF COAL") == [(2, 3)]


def test_evidence_quotes_the_text_as_it_was_given() -> None:
    field = passages("The U.S.\u00a0Coal’s price")
    (hit,) = term("US", "coal").holds(field) or []
    assert hit.evidence().quote == "U.S.\u00a0Coal"
    assert Hit(field[1], 0, 0, span=(4, 8)).evidence().quote == "U.S."

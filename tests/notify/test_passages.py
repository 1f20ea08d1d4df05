from hypothesis import given
from hypothesis import strategies as st
from notify_samples import BODY, HEADLINE, evidence, make_alert

from watcher.model import Evidence
from watcher.notify.passages import concepts, passages

DISPATCH = make_alert().dispatch


def told(*found: Evidence, most: int = 8) -> tuple[str, ...]:
    return passages(DISPATCH, found, most)[0]


def test_each_match_is_shown_in_its_sentence() -> None:
    assert told(evidence(BODY, "coal", "body")) == ("Output of »coal« and iron and steel rose.",)


def test_matches_of_one_sentence_share_it() -> None:
    both = told(evidence(BODY, "iron and steel", "body"), evidence(BODY, "coal", "body"))
    assert both == ("Output of »coal« and »iron and steel« rose.",)


def test_an_abbreviation_ends_no_sentence() -> None:
    sentence = "Pyongyang, August 4 (KCNA) -- The »meeting« of the C.C., WPK discussed the economy."
    assert told(evidence(BODY, "meeting", "body")) == (sentence,)


def test_the_headline_comes_first() -> None:
    found = told(evidence(BODY, "Construction", "body"), evidence(HEADLINE, "Held", "headline"))
    assert found == (f"{HEADLINE[:-4]}»Held«", "»Construction« of houses goes on.")


def test_overlapping_matches_are_marked_once() -> None:
    whole, part = evidence(BODY, "iron and steel", "body"), evidence(BODY, "steel rose", "body")
    assert told(whole, part) == ("Output of coal and »iron and steel rose«.",)


def test_words_that_moved_since_are_found_again_and_lost_ones_stand_alone() -> None:
    assert told(Evidence("body", "coal", 3, 7)) == ("Output of »coal« and iron and steel rose.",)
    assert told(Evidence("lead", "zinc", 0, 4)) == ("»zinc«",)


def test_more_than_enough_are_counted() -> None:
    quotes = ("meeting", "coal", "Nothing", "Construction")
    shown, more = passages(DISPATCH, [evidence(BODY, quote, "body") for quote in quotes], 3)
    assert (len(shown), more) == (3, 1)


def test_a_sentence_without_end_is_cut_around_the_match() -> None:
    text = "before " * 500 + "coal " + "after " * 500
    dispatch = make_alert(headline="", body=text).dispatch
    ((shown,), more) = passages(dispatch, [evidence(text, "coal", "body")])
    assert more == 0
    assert shown.startswith("… before")
    assert "before »coal« after" in shown
    assert shown.endswith("after …")
    assert len(shown) < 500


def test_korean_sentences_end_at_their_full_stop() -> None:
    text = "전원회의가 열렸다. 석탄공업이 론의되였다. 다음 문장."
    dispatch = make_alert(body=text).dispatch
    assert passages(dispatch, [evidence(text, "석탄", "body")])[0] == ("»석탄«공업이 론의되였다.",)


def test_concepts_are_named_once_in_order() -> None:
    assert concepts(make_alert().match.evidence) == ("coal", "metal", "construction")


@given(
    st.text("ab .!\n제회。", max_size=80),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=6),
)
def test_any_evidence_of_any_text_is_told_without_failing(text: str, spans: list[tuple[int, int]]) -> None:
    found = [Evidence("body", text[start:end], start, end) for start, end in spans]
    shown, more = passages(make_alert(headline="", body=text).dispatch, found)
    assert more == 0 or len(shown) == 8
    assert all(not evidence.quote.strip() or shown for evidence in found)


def test_concepts_that_are_the_matched_words_themselves_are_not_named_again() -> None:
    assert concepts([Evidence("headline", "W.P.K.", 0, 6, "w.p.k."), Evidence("body", "coal", 0, 4)]) == ()

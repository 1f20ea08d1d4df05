import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import dispatch, rule

from watcher.model import Dispatch, Match, Surface
from watcher.rules.match import match
from watcher.rules.pieces import Vocabulary
from watcher.rules.reading import FIELDS, Reading
from watcher.rules.rule import Rule


@pytest.fixture
def written(tmp_path):
    """Makes a rule of what stands under `rule: A` and its title."""
    return lambda text, **lists: rule(tmp_path, f"rule: A\n{text}", **lists)


def matched(found: Rule, of: Dispatch) -> Match | None:
    return match(found, Reading(of, Vocabulary()))


def quotes(found: Match | None) -> list[tuple[str, str]]:
    assert found
    return [(each.field, each.quote) for each in found.evidence]


@pytest.mark.parametrize(
    ("field", "of"),
    [
        ("headline", dispatch("Coal mined")),
        ("body", dispatch("Peat", "Some coal was mined.")),
        ("text", dispatch("Coal mined")),
        ("text", dispatch("Peat", "Some coal was mined.")),
        ("lead", dispatch("Peat", "Some coal was mined.\nMore.")),
        ("section", dispatch("Peat", section="Coal news")),
        ("author", dispatch("Peat", author="Ada Coal")),
        ("link", dispatch("Peat", link="https://example.org/coal-news/1")),
        ("source", dispatch("Peat", source="coal-daily")),
    ],
)
def test_it_looks_at_the_field_that_is_named(written, field, of):
    assert matched(written(f"when:\n  {field}: coal\n"), of)
    others = {"headline", "body", "section", "author", "link", "source"} - {field}
    missed = [other for other in others if matched(written(f"when:\n  {other}: coal\n"), of)]
    assert missed in (["headline"], ["body"]) if field in ("text", "lead") else missed == []


def test_it_has_every_field_of_the_language():
    assert list(FIELDS) == ["headline", "lead", "body", "text", "section", "author", "link", "source"]


def test_the_lead_is_the_first_paragraph_and_at_most_sixty_words(written):
    found = written("when:\n  lead: coal\n")
    assert matched(found, dispatch("", "\n\nIt was coal,\nsome say.\nMore."))
    assert not matched(found, dispatch("", "It was peat.\nIt was coal."))
    assert matched(found, dispatch("", f"{'so ' * 59}coal"))
    assert not matched(found, dispatch("", f"{'so ' * 60}coal"))


def test_evidence_of_the_lead_stands_in_the_body(written):
    of = dispatch("", "\nSome coal was mined.\nMore.")
    (evidence,) = matched(written("when:\n  lead: coal\n"), of).evidence
    assert (evidence.field, of.body[evidence.start : evidence.end]) == ("body", "coal")


def test_any_surface_of_a_dispatch_counts(written):
    surfaces = (Surface("a", "https://a.org/1", "News"), Surface("b", "https://b.org/1", "Coal"))
    assert quotes(matched(written("when:\n  section: coal\n"), Dispatch("a", "", "", surfaces))) == [
        ("section", "Coal")
    ]


def test_under_when_every_key_has_to_hold_and_of_a_list_any(written):
    found = written("when:\n  headline:\n    - coal\n    - peat\n  body: mine*\n")
    assert quotes(matched(found, dispatch("Peat", "Miners met."))) == [
        ("headline", "Peat"),
        ("body", "Miners"),
    ]
    assert not matched(found, dispatch("Peat", "Nothing."))
    assert not matched(found, dispatch("Ore", "Miners met."))


@pytest.mark.parametrize(
    ("of", "vetoed"),
    [
        (dispatch("Coal"), False),
        (dispatch("Coal and steel"), True),
        (dispatch("Coal", section="Sport"), True),
        (dispatch("Coal and steel", section="Sport"), True),
    ],
)
def test_under_unless_anything_that_holds_vetoes(written, of, vetoed):
    found = written("when:\n  headline: coal\nunless:\n  headline: [ore, steel]\n  section: sport\n")
    assert (matched(found, of) is None) is vetoed


def test_all_any_and_none_nest(written):
    found = written(
        """\
when:
  any:
    - headline: coal
      body: mine
    - all:
        - headline: peat
        - none:
            - body: bog
            - section: sport
"""
    )
    assert matched(found, dispatch("Coal", "A mine."))
    assert not matched(found, dispatch("Coal", "A pit."))
    assert matched(found, dispatch("Peat", "A pit."))
    assert not matched(found, dispatch("Peat", "A bog."))
    assert not matched(found, dispatch("Peat", "A pit.", section="Sport"))


def test_all_under_unless_vetoes_only_together(written):
    found = written("when:\n  headline: coal\nunless:\n  all:\n    - headline: steel\n    - body: mine\n")
    assert matched(found, dispatch("Coal and steel"))
    assert not matched(found, dispatch("Coal and steel", "A mine."))


def test_evidence_is_what_stands_in_the_text_as_it_was_given(written):
    of = dispatch("An “Électric  power\u00a0stations” plan", "The U.S. said so.")
    found = matched(written("when:\n  text: electric power station* AND U.S.\n"), of)
    assert quotes(found) == [("headline", "Électric  power\u00a0stations"), ("body", "U.S.")]


def test_evidence_tells_the_concepts_that_were_named(written):
    found = written("when:\n  text: AT LEAST 2 OF $fuels\n", fuels="coal: [coal]\npeat: [peat, turf]\n")
    result = matched(found, dispatch("Turf cut", "Coal is mined, and coal is burnt."))
    assert [(each.concept, each.quote) for each in result.evidence] == [("peat", "Turf"), ("coal", "Coal")]


def test_the_same_words_are_evidence_once(written):
    assert quotes(matched(written("when:\n  headline: coal\n  text: coal\n"), dispatch("Coal"))) == [
        ("headline", "Coal")
    ]


CAPTURE = """\
when:
  text: meeting
capture:
  session: '(\\d+)(?:st|nd|rd|th) (?:Enlarged )?Meeting'
  all: meeting
"""


@pytest.mark.parametrize(
    ("of", "captured"),
    [
        (dispatch("12th Enlarged Meeting"), {"session": "12", "all": "Meeting"}),
        (dispatch("12TH MEETING"), {"session": "12", "all": "MEETING"}),
        (dispatch("12th\u00a0Meeting"), {"session": "12", "all": "Meeting"}),
        (dispatch("3rd Meeting", "The 4th Meeting."), {"session": "3", "all": "Meeting"}),
        (dispatch("A meeting", "The 4th Meeting."), {"session": "4", "all": "meeting"}),
        (dispatch("A meeting"), {"all": "meeting"}),
    ],
)
def test_it_captures_the_first_group_from_the_headline_or_else_the_body(written, of, captured):
    assert matched(written(CAPTURE), of).captured == captured


def test_an_empty_capture_is_none(written):
    found = written("when:\n  text: coal\ncapture:\n  mine: 'coal(x?)'\n")
    assert matched(found, dispatch("Coal")).captured == {}


def test_a_match_names_its_rule_and_version(written):
    found = written("id: coal-1\nwhen:\n  text: coal\n")
    result = matched(found, dispatch("Coal"))
    assert (result.rule, result.rule_version, result.error) == ("coal-1", found.version, "")


WORDS = st.lists(
    st.sampled_from(["coal", "Coal,", "U.S.", "mine.", "전원회의", "é", "\n", "\u00a0", "“peat”", "-"])
)


@given(WORDS, WORDS)
def test_evidence_always_quotes_the_field_it_names(tmp_path_factory, headline, body):
    found = rule(
        tmp_path_factory.mktemp("rules"),
        "rule: A\nwhen:\n  any:\n    - text: coal AND peat\n    - lead: mine OR 전원회의\n    - body: US\n",
    )
    of = dispatch(" ".join(headline), " ".join(body))
    result = matched(found, of)
    for each in result.evidence if result else ():
        text = {"headline": of.headline, "body": of.body}[each.field]
        assert text[each.start : each.end] == each.quote != ""

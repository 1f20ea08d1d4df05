import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from rule_samples import dispatch

from watcher.model import Dispatch, Match
from watcher.rules.index import RuleSet
from watcher.rules.load import load, revive
from watcher.rules.state import same_number

FOLDER = Path(__file__).parents[2] / "rules"
CORPUS = Path(__file__).parents[3] / "shared" / "kcna" / "dispatches-2024-08-to-09.jsonl.gz"


@cache
def shipped() -> RuleSet:
    return RuleSet(load(FOLDER).rules)


@pytest.fixture(scope="module")
def corpus() -> list[tuple[Dispatch, list[Match]]]:
    """Two months of real dispatches, and what the rules make of each."""
    if not CORPUS.exists():
        pytest.skip("the folder of real dispatches (../shared/kcna) is not beside this checkout")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    read = [
        dispatch(each["headline"], each["text"], section=each["topic"], link=each["link"]) for each in records
    ]
    return [(each, shipped().match(each, frozenset())) for each in read]


def matched(headline: str, body: str = "") -> list[str]:
    return [each.rule for each in shipped().match(dispatch(headline, body), frozenset())]


def test_they_load_without_a_problem_and_pass_their_own_tests():
    assert load(FOLDER).problems == ()
    assert set(shipped().rules) == {"plenary-meeting", "plenary-meeting-announced", "economic-sectors"}


def test_they_come_back_from_what_the_database_keeps():
    for each in shipped().rules.values():
        assert revive(each.text) == each


def test_none_of_them_has_to_be_tried_on_every_dispatch():
    assert all(shipped().anchors(each) for each in shipped().rules)


def test_two_months_without_a_plenary_meeting_raise_none(corpus):
    found = [(match, each.headline) for each, matches in corpus for match in matches]
    assert [pair for pair in found if pair[0].rule != "economic-sectors" or pair[0].error] == []


def test_the_evidence_of_real_dispatches_stands_where_it_says(corpus):
    for each, matches in corpus:
        for match in matches:
            assert len({evidence.concept for evidence in match.evidence}) >= 3
            for evidence in match.evidence:
                text = each.headline if evidence.field == "headline" else each.body
                assert text[evidence.start : evidence.end] == evidence.quote


def test_reports_on_the_economy_are_found_among_real_dispatches(corpus):
    headlines = {each.headline.replace("\u00a0", " ") for each, matches in corpus if matches}
    assert {
        "Progress Made in Fulfillment of Economic Plan",
        "Progress Made in Economic Sectors of DPRK",
    } <= headlines
    assert not any("Three Revolutions" in headline or "Assistance" in headline for headline in headlines)


@pytest.mark.parametrize(
    ("headline", "session"),
    [
        ("12th Plenary Meeting of 9th WPK Central Committee Convened", "12"),
        ("Twelfth Plenary Meeting of 9th C.C., WPK Enters Second Day", "12"),
        ("12th Enlarged Plenary Meeting of Party Central Committee Held", "12"),
        ("조선로동당 중앙위원회 제9기 제12차전원회의 소집", "12"),
        ("Plenary Meeting of C.C., WPK Closes", ""),
    ],
)
def test_the_session_of_a_plenary_meeting_is_captured_in_every_spelling(headline, session):
    (match,) = shipped().match(dispatch(headline), frozenset())
    assert match.rule == "plenary-meeting"
    assert same_number(match.captured.get("session", "")) == session


def test_a_meeting_and_its_announcement_are_two_rules_of_two_severities():
    assert matched("12th Plenary Meeting of 9th WPK Central Committee To Be Convened") == [
        "plenary-meeting-announced"
    ]
    assert matched("12th Plenary Meeting of 9th WPK Central Committee Convened") == ["plenary-meeting"]
    rules = shipped().rules
    assert rules["plenary-meeting-announced"].severity < rules["plenary-meeting"].severity


@pytest.mark.parametrize(
    "spelling",
    [
        str.upper,
        lambda headline: headline.replace(" ", "\u00a0"),
        lambda headline: headline.replace(" of ", "\nof "),
        lambda headline: headline.replace("WPK", "W.P.K."),
        lambda headline: headline.replace("Central Committee", "C.C."),
    ],
    ids=["capitals", "hard spaces", "line break", "dots", "abbreviated"],
)
def test_a_plenary_meeting_is_not_missed_for_how_its_headline_is_set(spelling):
    assert "plenary-meeting" in matched(
        spelling("12th Plenary Meeting of 9th WPK Central Committee Convened")
    )

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import dispatch, loaded, rule, write

from watcher.model import Dispatch
from watcher.rules.condition import Expect
from watcher.rules.index import RuleSet
from watcher.rules.load import load
from watcher.rules.match import match
from watcher.rules.pieces import Vocabulary
from watcher.rules.reading import Reading
from watcher.rules.rule import Rule

SHIPPED = Path(__file__).parents[2] / "rules"
EVERYWHERE = frozenset({"kcna-en"})


def matched(rules: RuleSet, of: Dispatch, scope: frozenset[str] = EVERYWHERE) -> list[str]:
    return [each.rule for each in rules.match(of, scope)]


def asked(rules: RuleSet, of: Dispatch) -> list[str]:
    return [each.id for each in rules.candidates(of)]


def by_brute_force(rules: RuleSet, of: Dispatch) -> list[str]:
    reading = Reading(of, Vocabulary())
    return [each.id for each in rules.rules.values() if match(each, reading)]


def the_rules(folder: Path, text: str, **lists: str) -> RuleSet:
    found = loaded(folder, text, **lists)
    assert [problem for problem in found.problems if not problem.warning] == []
    return RuleSet(found.rules)


FIVE = """\
rule: Coal
when: {headline: coal}
---
rule: Plenum
when: {text: plenum*}
---
rule: Meeting
when: {text: 전원회의}
---
rule: Pattern
when: {body: /c.al/}
---
rule: Abroad
when: {text: U.S.}
"""


@pytest.mark.parametrize(
    ("of", "rules"),
    [
        (dispatch("Coal"), ["coal", "pattern"]),
        (dispatch("Peat", "Coal"), ["pattern"]),
        (dispatch("Plenums"), ["plenum", "pattern"]),
        (dispatch("Plena"), ["pattern"]),
        (dispatch("당중앙위원회 제8기 제9차전원 회의"), ["meeting", "pattern"]),
        (dispatch("In the US"), ["pattern", "abroad"]),
        (dispatch("Tell us"), ["pattern"]),
        (dispatch("TELL US EVERYTHING NOW"), ["pattern", "abroad"]),
        (dispatch(), ["pattern"]),
    ],
)
def test_it_asks_only_rules_of_which_a_word_is_there(tmp_path, of, rules):
    assert asked(the_rules(tmp_path, FIVE), of) == rules


def test_it_looks_a_rule_up_by_its_rarest_word(tmp_path):
    rules = the_rules(
        tmp_path,
        """\
rule: A
when:
  headline: the OR of
  text: (said AND year) AND tungsten
---
rule: B
when:
  any:
    - text: coal
    - headline: peat
---
rule: C
when:
  any:
    - text: coal
    - headline: /peat/
---
rule: D
when:
  none:
    - text: coal
""",
    )
    assert {each: rules.anchors(each) for each in rules.rules} == {
        "a": {"tungsten"},
        "b": {"coal", "peat"},
        "c": frozenset(),
        "d": frozenset(),
    }


def test_a_rule_is_asked_only_if_every_word_it_needs_is_there(tmp_path):
    text = "rule: A\nwhen: {text: (iron ore OR rolled steel) NEAR/5 plenum*}\n"
    rules = the_rules(tmp_path, text)
    assert asked(rules, dispatch("Iron ore", "Plenums")) == ["a"]
    assert asked(rules, dispatch("Rolled", "Steel plenum")) == ["a"]
    assert asked(rules, dispatch("Iron ore", "Peat")) == []
    assert asked(rules, dispatch("Iron", "Plenums")) == []
    assert asked(rules, dispatch("Ore", "Plenums")) == []


def test_a_lead_is_looked_up_in_the_body(tmp_path):
    rules = the_rules(tmp_path, "rule: A\nwhen: {lead: coal}\n")
    assert asked(rules, dispatch("Peat", "Peat\nCoal")) == ["a"]
    assert matched(rules, dispatch("Peat", "Peat\nCoal")) == []
    assert asked(rules, dispatch("Coal", "Peat")) == []
    assert matched(rules, dispatch("Peat", "Coal\nPeat")) == ["a"]


def test_a_rule_with_sources_reads_only_dispatches_of_one_of_them(tmp_path):
    rules = the_rules(tmp_path, "rule: A\nsources: [kcna-en, korean]\nwhen: {text: coal}\n")
    assert matched(rules, dispatch("Coal"), frozenset({"kcna-en"})) == ["a"]
    assert matched(rules, dispatch("Coal"), frozenset({"other", "korean"})) == ["a"]
    assert matched(rules, dispatch("Coal"), frozenset({"other"})) == []
    assert matched(rules, dispatch("Coal"), frozenset()) == []


@pytest.mark.parametrize(
    ("language", "reads"), [("en", True), ("en-GB", True), ("EN_us", True), ("", True), ("ko", False)]
)
def test_a_rule_with_languages_reads_those_and_what_has_none(tmp_path, language, reads):
    rules = the_rules(tmp_path, "rule: A\nlanguages: [en]\nwhen: {text: coal}\n")
    assert (matched(rules, dispatch("Coal", language=language)) == ["a"]) is reads


def test_a_rule_that_is_off_never_matches_and_a_draft_does(tmp_path):
    text = "rule: A\nstatus: off\nwhen: {text: coal}\n---\nrule: B\nstatus: draft\nwhen: {text: coal}\n"
    assert matched(the_rules(tmp_path, text), dispatch("Coal")) == ["b"]


class Broken:
    """An expression that fails."""

    def holds(self, field: object) -> None:
        raise RuntimeError("out of order")

    def anchors(self, weigh: object) -> frozenset[str]:
        return frozenset({"coal"})


def test_a_rule_that_fails_gives_a_marked_match_and_the_others_run(tmp_path, monkeypatch):
    good, bad = the_rules(
        tmp_path, "rule: A\nwhen: {text: coal}\n---\nrule: B\nwhen: {text: coal}\n"
    ).rules.values()
    object.__setattr__(bad.condition, "when", Expect("text", (Broken(),)))
    first, second = RuleSet([good, bad]).match(dispatch("Coal"), EVERYWHERE)
    assert (first.rule, first.error) == ("a", "")
    assert (second.rule, second.rule_version) == ("b", bad.version)
    assert second.error == "the rule failed: RuntimeError: out of order"
    assert second.evidence == ()


def test_a_text_that_cannot_be_cut_is_shown_to_every_rule_that_reads_it(tmp_path, monkeypatch):
    rules = the_rules(
        tmp_path, "rule: A\nwhen: {text: coal}\n---\nrule: B\nsources: [x]\nwhen: {text: coal}\n"
    )
    found = rules.match(Dispatch("kcna", None, "", ()), EVERYWHERE)  # type: ignore[arg-type]
    assert [(each.rule, bool(each.error)) for each in found] == [("a", True)]


def test_it_keeps_the_order_of_the_rules_and_the_last_of_an_id(tmp_path):
    rules = load(SHIPPED).rules
    assert list(RuleSet(rules).rules) == [each.id for each in rules]
    assert len(RuleSet([*rules, *rules]).rules) == len(rules)


def test_no_rules_match_nothing():
    assert RuleSet([]).match(dispatch("Coal"), EVERYWHERE) == []


TERMS = st.sampled_from(
    [
        "coal",
        "plenum*",
        "Coal mines",
        "U.S.",
        "us",
        "NEW*",
        "=Coal",
        "전원회의",
        "전",
        "=US",
        '"IN AND OUT"',
        "éla*",
        "iron-ore",
    ]
)
ATOMS = TERMS | st.sampled_from(
    ["$fuels", "AT LEAST 2 OF $fuels", "2x coal", "/c.al/", "(coal NEAR/2 mine*)"]
)
EXPRESSIONS = st.builds(
    lambda operator, parts: parts[0] if len(parts) == 1 else f" {operator} ".join(parts),
    st.sampled_from(["AND", "OR", "NOT"]),
    st.lists(ATOMS, min_size=1, max_size=3),
)
FIELD = st.sampled_from(["headline", "lead", "body", "text", "section", "source", "link", "author"])
WHEN = st.recursive(
    st.builds("{{{}: ({})}}".format, FIELD, EXPRESSIONS),
    lambda inner: st.builds(
        lambda key, parts: f"{{{key}: [{', '.join(parts)}]}}",
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
PIECES = st.sampled_from(
    [
        "coal",
        "Coal",
        "COAL",
        "mines",
        "plenums",
        "US",
        "U.S.",
        "us",
        "news",
        "NEWS",
        "전원",
        "회의",
        "전",
        "in and out",
        "iron-ore",
        "peat",
        "\n",
        "élan",
        ".",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map(" ".join)
FUELS = "coal: [coal, coal mine*]\npeat: [peat, 전원]\nus: [U.S.]\n"


@given(
    st.lists(WHEN, min_size=1, max_size=6), st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5)
)
def test_it_finds_what_trying_every_rule_finds(tmp_path_factory, conditions, texts):
    documents = "---\n".join(
        f"rule: R{number}\nwhen: {condition}\n" for number, condition in enumerate(conditions)
    )
    rules = the_rules(tmp_path_factory.mktemp("rules"), documents, fuels=FUELS)
    for headline, body, section in texts:
        of = dispatch(headline, body, section=section, author=section, link=f"https://x.org/{section}")
        assert matched(rules, of) == by_brute_force(rules, of)


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return RuleSet(load(SHIPPED).rules)


@given(
    st.lists(
        st.sampled_from(
            "Plenary Meeting of 8th WPK Central Committee Held coal metal 전원회의 로동당".split()
        )
    )
)
def test_an_anchor_of_a_rule_stands_in_whatever_it_matches(shipped, headline):
    of = dispatch(" ".join(headline), "The chemical industry.")
    terms = frozenset[str]().union(*(each.terms for each in Reading(of, Vocabulary()).field("text")))
    for found in shipped.match(of, EVERYWHERE):
        anchors = shipped.anchors(found.rule)
        beginnings = tuple(anchor[:-1] for anchor in anchors if anchor.endswith("*"))
        assert terms & anchors or any(term.startswith(beginnings) for term in terms)


def test_rules_are_compiled_once_whatever_sets_they_are_in(tmp_path):
    folder = write(tmp_path, {"a.yaml": "rule: A\nwhen: {text: coal}\n"})
    (first,) = load(folder).rules
    more: Rule = rule(tmp_path / "more", "rule: B\nwhen: {text: peat}\n")
    assert RuleSet([first, more]).rules["a"].condition is RuleSet([first]).rules["a"].condition

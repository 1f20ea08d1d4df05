from datetime import timedelta
from pathlib import Path

import pytest
from rule_samples import RULE, loaded, rule, said, write

from watcher.errors import ConfigError
from watcher.model import Event, RuleText, Severity
from watcher.rules.load import load, load_lists, revive

TESTS = "tests: {fires: [coal]}\n"
COAL = "rule: Coal\nwhen:\n  text: coal\n"
STORY = COAL + "alert: once per story\n"
NO_TERM = "a term of a list is a word or a phrase; AND, NOT, NEAR and regexes go into a rule"


def test_it_reads_every_key_of_a_rule(tmp_path):
    found = rule(
        tmp_path,
        """\
rule: Coal and steel
id: coal-and-steel
why: >-
  Because it
  matters.
severity: high
sources: [kcna-en, korean]
when:
  headline: coal
unless:
  headline: steel
events: [new, edited, promoted]
languages: en-GB
tags: [economy]
status: draft
owner: Ada
capture:
  mine: '(\\w+) mine'
alert: once per story
per: mine
quiet_after: 10 days
notify:
  - politics
  - desk
tests:
  fires: [Coal]
  silent: Coal and steel
""",
    )
    assert (found.title, found.id, found.why) == ("Coal and steel", "coal-and-steel", "Because it matters.")
    assert (found.severity, found.status, found.owner) == (Severity.HIGH, "draft", "Ada")
    assert (found.sources, found.tags) == (frozenset({"kcna-en", "korean"}), frozenset({"economy"}))
    assert found.events == {Event.NEW, Event.EDITED, Event.PROMOTED}
    assert found.languages == {"en"}
    assert (found.alert, found.per, found.quiet_after) == ("once per story", "mine", timedelta(days=10))
    assert found.notify == ("politics", "desk")


def test_it_has_a_default_for_every_key_but_rule_and_when(tmp_path):
    found = rule(tmp_path, COAL + "")
    assert (found.severity, found.status, found.alert) == (Severity.MEDIUM, "live", "every dispatch")
    assert (found.events, found.sources, found.notify) == (frozenset({Event.NEW}), frozenset(), ())
    assert found.quiet_after == timedelta(days=3)


def test_it_makes_the_id_of_the_title_if_there_is_none(tmp_path):
    assert (
        rule(tmp_path, RULE.replace("Coal\n", "N. Korea: „Coal“\n", 1).replace("Korea:", "Korea")).id
        == "n-korea-coal"
    )


def test_it_warns_of_a_rule_without_tests_and_loads_it(tmp_path):
    found = loaded(tmp_path, COAL + "")
    assert len(found.rules) == 1
    assert said(found) == [
        "rules/x.yaml:1:1: warning: the rule has no tests; add headlines under tests: fires: and silent:"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "rule: Coal\nwehn:\n  text: coal\nwhen:\n  text: coal\n" + TESTS,
            '2:1: "wehn" is no key of a rule; did you mean "when"?',
        ),
        (
            "rule: Coal\nwhen:\n  headlin: coal\n" + TESTS,
            '3:3: "headlin" is no field; did you mean "headline"?',
        ),
        (
            "rule: Coal\nwhen:\n  any:\n    - titel: coal\n" + TESTS,
            '4:7: "titel" is no field; write one of: headline, lead, body, text, section, author, link, '
            "source, all, any, none",
        ),
        ("rule: Coal\n" + TESTS, '1:1: the rule has no "when"; write below it what it looks for'),
        (
            "when:\n  text: coal\n" + TESTS,
            '1:1: the rule has no title; begin with "rule: " and what it finds',
        ),
        ("rule:\nwhen:\n  text: coal\n" + TESTS, '1:6: "rule" is empty; write something or delete the line'),
        ("- coal\n", '1:1: a rule begins with "rule: " and its title'),
        (
            "rule: Coal\nwhen: coal\n" + TESTS,
            '2:7: "when" needs a field below it, like "  headline: plenary meeting"',
        ),
        (
            "rule: Coal\nwhen:\n  any:\n    text: coal\n" + TESTS,
            '4:5: "any" needs a list below it, like "- headline: plenary meeting"',
        ),
        (
            COAL + "severity: hihg\n" + TESTS,
            '4:11: "hihg" is no “severity” that is understood; did you mean "high"?',
        ),
        (
            COAL + "alert: digest daily 08:00\n" + TESTS,
            '4:8: "digest daily 08:00" is no “alert” that is understood; '
            "write one of: every dispatch, once per story",
        ),
        (
            COAL + "events: [new, changed]\n" + TESTS,
            '4:9: "changed" is no “events” that is understood; write one of: new, edited, promoted',
        ),
        (
            STORY + "quiet_after: 3d\n" + TESTS,
            '5:14: "3d" is not a duration; write it in words, like "15 minutes" or "6 hours"',
        ),
        (
            STORY + "quiet_after: 6 weeks\n" + TESTS,
            "5:14: a story is open for 30 days at most; write less",
        ),
        (
            STORY + "per: sesion\ncapture:\n  session: (x)\n" + TESTS,
            '5:6: "sesion" is no name under “capture”; did you mean "session"?',
        ),
        (
            "rule: Coal\nid: coal mine\nwhen:\n  text: coal\n" + TESTS,
            "2:5: an id has letters, digits and hyphens; write id: coal-mine",
        ),
        (
            "rule: …\nwhen:\n  text: coal\n" + TESTS,
            "1:7: no id can be made of this title; add one, like id: plenary-meeting",
        ),
        (
            "rule: Coal\nwhen:\n  text: []\n" + TESTS,
            "3:9: this list is empty; write an expression in it or delete it",
        ),
        (
            COAL + "sources: ['']\n" + TESTS,
            '4:11: "sources" has an empty name; write one or delete it',
        ),
        (
            COAL + "owner: [a]\n" + TESTS,
            "4:8: a text is wanted here, not a list or a mapping",
        ),
        (
            COAL + "tests:\n  fire: [coal]\n",
            '5:3: "fire" is no kind of test; did you mean "fires"?',
        ),
        (
            COAL + "tests: [coal]\n",
            '4:8: "tests" needs "fires:" or "silent:" below it, each with a list of headlines',
        ),
        (
            COAL + "tests:\n  fires:\n    - headlien: coal\n",
            '6:7: "headlien" is no field of a test; did you mean "headline"?',
        ),
        (
            COAL + "tests:\n  fires:\n    - Kim on coal: KCNA\n",
            "6:7: a colon makes this a mapping, but a headline is wanted; "
            'put it in quotes: "Kim on coal: KCNA"',
        ),
    ],
)
def test_it_says_what_is_wrong_where_and_what_to_write(tmp_path, text, problem):
    found = loaded(tmp_path, text)
    assert said(found) == [f"rules/x.yaml:{problem}"]
    assert found.rules == ()
    assert found.broken_paths == {"rules/x.yaml"}


def test_it_places_a_mistake_inside_an_expression(tmp_path):
    (problem,) = said(
        loaded(tmp_path, "rule: Coal\nwhen:\n  text:\n    - coal\n    - coal AND peat OR ore\n" + TESTS)
    )
    assert problem.startswith("rules/x.yaml:5:21: ")


def test_it_places_a_mistake_in_an_expression_of_several_lines(tmp_path):
    text = "rule: Coal\nwhen:\n  text:\n    (coal OR peat)\n    AND NOT\n    ore\n" + TESTS
    (problem,) = said(loaded(tmp_path, text))
    assert problem.startswith("rules/x.yaml:5:")


def test_it_places_a_mistake_in_single_quotes_past_doubled_apostrophes(tmp_path):
    (problem,) = said(
        loaded(tmp_path, "rule: Coal\nwhen:\n  text: '\"workers'' party\" AND (coal'\n" + TESTS)
    )
    assert problem.startswith("rules/x.yaml:3:32: ")


def test_quotes_that_yaml_would_eat_make_a_phrase(tmp_path):
    tests = "tests: {fires: [iron and steel], silent: [steel and iron]}"
    text = f'rule: Coal\nwhen:\n  text: "iron AND steel"\n{tests}\n'
    assert said(loaded(tmp_path, text)) == []


def test_single_quotes_belong_to_yaml_if_double_quotes_are_inside(tmp_path):
    text = (
        "rule: Coal\nwhen:\n  text: '\"iron ore\" OR coal'\ntests: {fires: [coal, iron ore], silent: [ore]}\n"
    )
    assert said(loaded(tmp_path, text)) == []


def test_it_does_not_guess_what_single_quotes_around_operators_mean(tmp_path):
    (problem,) = said(loaded(tmp_path, "rule: Coal\nwhen:\n  text: 'iron AND steel'\n" + TESTS))
    assert problem == (
        "rules/x.yaml:3:9: single quotes may mean a phrase or nothing; "
        'write iron AND steel for the operators, or "iron AND steel" for the phrase'
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"A" OR "B"', 'YAML ends the value at the second quotation mark; write text: ("A" OR "B")'),
        (
            "[C.C., WPK]",
            "every comma in brackets begins a new entry; "
            "write an expression on a line of its own: - C.C., WPK",
        ),
        ("[sic] coal", 'a value cannot start with "["; put it in quotes: text: "[sic] coal"'),
        ("*plenum", 'a value cannot start with "*"; a star stands at the end of a word: text: plenum*'),
        ("!coal", 'a value cannot start with "!"; put it in quotes: text: "!coal"'),
        ("&coal", 'a value cannot start with "&"; put it in quotes: text: "&coal"'),
        ('"a \\"b\\" c"', 'backslashes are not needed in an expression; write (a "b" c)'),
    ],
)
def test_it_shows_the_line_as_it_should_be_where_yaml_and_expressions_meet(tmp_path, line, problem):
    assert said(loaded(tmp_path, f"rule: Coal\nwhen:\n  text: {line}\n" + TESTS)) == [
        f"rules/x.yaml:3:9: {problem}"
    ]


def test_it_takes_a_colon_in_a_list_of_expressions_for_a_mistake(tmp_path):
    text = "rule: Coal\nwhen:\n  headline:\n    - Crime: KCNA Commentary\n" + TESTS
    assert said(loaded(tmp_path, text)) == [
        "rules/x.yaml:4:7: a colon makes this a mapping, but an expression is wanted; "
        'put it in quotes: "Crime: KCNA Commentary"'
    ]


def test_it_warns_where_a_hash_cuts_an_expression_short(tmp_path):
    found = loaded(tmp_path, "rule: Coal\nwhen:\n  text: coal #1 mine\n" + TESTS)
    assert said(found) == [
        'rules/x.yaml:3:9: warning: "#1 mine" is a comment to YAML; if it belongs here, '
        'put it in quotes: "coal #1 mine"'
    ]
    assert len(found.rules) == 1


def test_it_names_the_comment_when_the_expression_before_it_is_unfinished(tmp_path):
    (problem,) = said(loaded(tmp_path, "rule: Coal\nwhen:\n  text: (coal OR # 1 mine)\n" + TESTS))
    assert '"# 1 mine)", is a comment to YAML' in problem


def test_a_comment_behind_an_expression_is_no_mistake(tmp_path):
    assert said(loaded(tmp_path, "rule: Coal\nwhen:\n  text: coal # the fuel\n" + TESTS)) == []


def test_it_reports_every_problem_of_every_file_in_one_run(tmp_path):
    folder = write(
        tmp_path,
        {
            "a.yaml": 'rule: A\nwhen:\n  text: "x" OR y\n  body: a AND b OR c\n  headlin: z\nseverity: hi\n',
            "b.yaml": RULE + "---\n" + "rule: B\n",
            "sub/c.yaml": "rule: C\nwhen: {text: ($nowhere)}\n",
            "lists/d.yaml": "- coal AND peat\n",
        },
    )
    places = [problem.split(": ")[0] for problem in said(load(folder))]
    assert places == [
        "rules/a.yaml:3:9",
        "rules/a.yaml:4:17",
        "rules/a.yaml:5:3",
        "rules/a.yaml:6:11",
        "rules/b.yaml:8:1",
        "rules/lists/d.yaml:1:3",
        "rules/sub/c.yaml:2:15",
    ]


def test_one_broken_rule_leaves_the_others_of_its_file_running(tmp_path):
    found = loaded(
        tmp_path,
        RULE + "---\nrule: Peat\nwhen:\n  text: peat AND\n---\n" + RULE.replace("Coal\n", "Ore\n", 1),
    )
    assert [each.id for each in found.rules] == ["coal", "ore"]
    assert found.broken_paths == {"rules/x.yaml"}


def test_a_rule_whose_tests_fail_does_not_load(tmp_path):
    text = RULE + "    - Peat mined\n  silent:\n    - Coal burnt\n    - headline: Ore\n"
    found = loaded(tmp_path, text)
    assert found.rules == ()
    assert said(found) == [
        "rules/x.yaml:7:7: this should fire, but “when” does not hold: Peat mined",
        "rules/x.yaml:9:7: this should be silent, but it fires (“Coal”): Coal burnt",
    ]


def test_a_failing_test_says_which_words_vetoed(tmp_path):
    text = COAL + "unless:\n  headline: chemical*\ntests:\n  fires: [Coal and chemicals]\n"
    (problem,) = said(loaded(tmp_path, text))
    assert (
        problem
        == "rules/x.yaml:7:11: this should fire, but “unless” holds on “chemicals”: Coal and chemicals"
    )


def test_tests_take_fields_and_files(tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "coal.txt").write_text("A headline\n\nPyongyang, June 1 -- Coal.\nMore.\n")
    text = """\
rule: Coal
when:
  lead: coal
tests:
  fires:
    - lead: Coal
    - file: seeds/coal.txt
  silent:
    - headline: Coal
      body: |
        Peat.

        Coal.
"""
    assert said(loaded(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../outside.txt", "../outside.txt is outside"),
        ("/etc/hostname", "/etc/hostname is outside"),
        ("seeds/none.txt", "there is no file seeds/none.txt"),
        ("seeds/link.txt", "seeds/link.txt is outside"),
        ("seeds", "seeds: this is a folder"),
    ],
)
def test_the_file_of_a_test_stays_in_its_folder(tmp_path, name, problem):
    base = tmp_path / "base"
    (base / "seeds").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("Coal", "utf-8")
    (base / "seeds" / "link.txt").symlink_to(tmp_path / "outside.txt")
    (said_,) = said(loaded(base, COAL + f"tests:\n  fires:\n    - file: {name}\n"))
    assert problem in said_


def test_an_id_that_two_rules_share_is_an_error_at_both(tmp_path):
    folder = write(
        tmp_path, {"a.yaml": RULE, "b.yaml": "# again\n" + RULE, "c.yaml": RULE.replace("Coal\n", "Ore\n", 1)}
    )
    found = load(folder)
    assert [each.id for each in found.rules] == ["ore"]
    assert said(found) == [
        "rules/a.yaml:1:7: the id coal is taken twice, also in rules/b.yaml:2; rename one",
        "rules/b.yaml:2:7: the id coal is taken twice, also in rules/a.yaml:1; rename one",
    ]


def test_a_rule_finds_its_lists_and_a_list_names_its_concepts(tmp_path):
    text = (
        "rule: Sectors\nwhen:\n  text: AT LEAST 2 OF $sectors\n"
        "tests:\n  fires: [coal and metals]\n  silent: [coal and mines]\n"
    )
    found = rule(tmp_path, text, sectors="coal: [coal, coal mines]\nmetal:\n  - metal\n  - metals\n")
    assert found.text.lists == {"sectors": "coal: [coal, coal mines]\nmetal:\n  - metal\n  - metals\n"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "- coal AND peat\n",
            "1:3: " + NO_TERM,
        ),
        (
            "coal: [coal NEAR/3 mine]\n",
            "1:8: " + NO_TERM,
        ),
        (
            "- coal\n- Coal: black\n",
            '2:3: a colon makes this a mapping, but an expression is wanted; put it in quotes: "Coal: black"',
        ),
        (
            "names: [C.C., WPK]\n",
            "1:8: every comma in brackets begins a new entry; "
            "write each term on a line of its own: - C.C., WPK",
        ),
        ("", "1:1: a list is one document: terms, or concepts with their terms"),
        ("- a\n---\n- b\n", "1:1: a list is one document: terms, or concepts with their terms"),
        ("coal\n", "1:1: a list begins with - and a term, or with a concept and a colon"),
        ("coal: []\n", "1:7: this list is empty; write each term in it or delete it"),
    ],
)
def test_a_broken_list_breaks_the_rules_that_use_it_and_no_others(tmp_path, content, problem):
    using = "---\nrule: Using\nwhen:\n  text: $sectors\n" + TESTS
    found = loaded(tmp_path, RULE + using, sectors=content)
    assert [each.id for each in found.rules] == ["coal"]
    assert f"rules/lists/sectors.yaml:{problem}" in said(found)
    assert "rules/x.yaml:10:9: the list $sectors cannot be used; mend rules/lists/sectors.yaml first" in said(
        found
    )
    assert found.broken_paths == {"rules/x.yaml", "rules/lists/sectors.yaml"}


def test_a_name_like_a_list_that_is_not_there_is_told_apart(tmp_path):
    (problem,) = said(loaded(tmp_path, "rule: A\nwhen:\n  text: $sector\n" + TESTS, sectors="- coal\n"))
    assert problem.startswith("rules/x.yaml:3:9: ")
    assert "$sectors" in problem


def test_the_version_follows_the_rule_and_the_lists_it_uses(tmp_path):
    text = RULE.replace("headline: coal", "headline: $fuels")
    first = rule(tmp_path / "1", text, fuels="- coal\n", other="- ore\n")
    same = rule(tmp_path / "2", "# a line above\n---\n" + text, fuels="- coal\n", other="- iron\n")
    other_list = rule(tmp_path / "3", text, fuels="- coal\n- peat\n")
    other_text = rule(tmp_path / "4", text + "    - Coal burnt\n", fuels="- coal\n")
    assert first.version == same.version
    assert len({first.version, other_list.version, other_text.version}) == 3


def test_a_rule_comes_back_from_its_text(tmp_path):
    found = rule(tmp_path, RULE.replace("headline: coal", "headline: $fuels"), fuels="- coal\n")
    again = revive(found.text)
    assert again == found
    assert again.text == found.text


def test_a_text_that_is_no_rule_any_more_cannot_be_revived():
    with pytest.raises(ConfigError, match=r"rules/x\.yaml"):
        revive(RuleText("coal", "1", "rules/x.yaml", "rule: Coal\nwhen:\n  text: $gone\n"))
    with pytest.raises(ConfigError, match="cannot be read any more"):
        revive(RuleText("coal", "1", "rules/x.yaml", ""))


def test_a_folder_that_is_not_there_changes_nothing(tmp_path):
    with pytest.raises(ConfigError, match="the rules folder cannot be read"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="the rules folder cannot be read"):
        load(tmp_path / "file")


def test_an_odd_file_is_a_problem_and_the_others_load(tmp_path):
    folder = write(
        tmp_path, {"good.yaml": RULE, ".hidden.yaml": "x", "notes.md": "x", "lists/l.yaml": "- a\n"}
    )
    (folder / "folder.yaml").mkdir()
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    (folder / "circle").symlink_to(folder)
    (folder / "latin.yaml").write_bytes(b"rule: caf\xe9\n")
    (folder / "empty.yaml").write_text("# nothing yet\n")
    with (folder / "large.yaml").open("wb") as stream:
        stream.truncate(50_000_000)
    found = load(folder)
    assert [each.id for each in found.rules] == ["coal"]
    assert found.broken_paths == {
        f"rules/{name}.yaml" for name in ("folder", "loop", "latin", "empty", "large")
    }


def test_it_warns_of_a_file_whose_name_ends_in_yml(tmp_path):
    folder = write(tmp_path, {"good.yaml": RULE, "other.yml": RULE})
    assert said(load(folder)) == [
        "rules/other.yml: warning: only names that end in .yaml are read; rename it"
    ]


def test_it_reads_rules_through_links_to_folders(tmp_path):
    write(tmp_path / "elsewhere", {"a.yaml": RULE})
    folder = write(tmp_path, {"b.yaml": RULE.replace("Coal\n", "Ore\n", 1)})
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "rules")
    assert [each.text.path for each in load(folder).rules] == ["rules/b.yaml", "rules/linked/a.yaml"]


def test_it_reads_what_windows_writes(tmp_path):
    folder = write(tmp_path, {"x.yaml": ""})
    (folder / "x.yaml").write_bytes(b"\xef\xbb\xbf" + RULE.replace("\n", "\r\n").encode())
    found = load(folder)
    assert said(found) == []
    assert found.rules[0].version == rule(tmp_path / "unix", RULE).version


@pytest.mark.parametrize("pattern", ["(", "(?=x)", "x" * 2000])
def test_a_regex_that_re2_refuses_is_a_problem(tmp_path, pattern):
    (problem,) = said(loaded(tmp_path, f"rule: A\nwhen:\n  text: coal\ncapture:\n  a: '{pattern}'\n{TESTS}"))
    assert problem.startswith("rules/x.yaml:5:6: this regex cannot be used: ")


def test_what_counts_only_for_stories_is_a_warning_without_them(tmp_path):
    found = loaded(tmp_path, "rule: A\nwhen:\n  text: coal\nper: source\nquiet_after: 2 days\n" + TESTS)
    assert [problem.warning for problem in found.problems] == [True, True]
    assert len(found.rules) == 1


def test_lists_are_found_for_an_expression(tmp_path):
    folder = write(tmp_path, {"lists/good.yaml": "- coal\n", "lists/bad.yaml": "- coal AND\n"})
    assert set(load_lists(folder, "$good AND coal")) == {"good"}
    with pytest.raises(ConfigError, match=r"rules/lists/bad\.yaml:1:"):
        load_lists(folder, "$bad")
    assert load_lists(Path("nowhere"), "coal") == {}

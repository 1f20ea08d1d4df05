import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import ConfigError, Problem
from watcher.located import MOST_BYTES, Entries, Table, Text, documents, read


def problems(text: str) -> list[str]:
    return [str(problem) for document in documents(text, "x.yaml") for problem in document.problems]


def value(text: str) -> Table:
    (document,) = documents(text, "x.yaml")
    assert document.problems == ()
    assert isinstance(document.value, Table)
    return document.value


def scalar(text: str, key: str) -> Text:
    found = value(text).get(key)
    assert isinstance(found, Text)
    return found


def refusal(path, content: bytes) -> Problem:
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(path, "x.yaml")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "written", ["no", "on", "22:30", "2024-01-01", "0x10", "~", "null", "1e3", "=", "<<"]
)
def test_it_reads_every_scalar_as_the_text_that_stands_there(written):
    assert scalar(f"a: {written}\n", "a").value == written


def test_it_knows_where_each_value_begins():
    table = value("# a comment\nrule: A title\nwhen:\n  headline:\n    - first\n    -   second\n")
    when = table.get("when")
    assert isinstance(when, Table)
    entries = when.get("headline")
    assert isinstance(entries, Entries)
    places = [(each.line, each.column) for each in entries.values]
    assert places == [(5, 7), (6, 9)]
    assert (table.pairs[0][0].line, table.pairs[0][0].column) == (2, 1)


def test_it_keeps_the_line_as_it_stands_beside_what_yaml_makes_of_it():
    text = scalar('a: "iron AND steel"   # both\n', "a")
    assert (text.value, text.source, text.style, text.comment) == (
        "iron AND steel",
        '"iron AND steel"',
        '"',
        "# both",
    )


def test_it_places_every_character_of_a_text_that_spans_lines():
    text = scalar("a: coal OR\n   peat OR wood\n", "a")
    assert text.value == "coal OR peat OR wood"
    assert text.place(text.source.index("peat")) == (2, 4)
    assert text.place(text.source.index("coal")) == (1, 4)


@pytest.mark.parametrize("header", ["|", "|-", ">-", ">  # why"])
def test_it_places_a_block_text_where_its_first_words_stand(header):
    text = scalar(f"a: {header}\n\n    coal\n    peat # no comment\nb: c\n", "a")
    assert (text.line, text.column) == (3, 5)
    assert text.source == "coal\n    peat # no comment"
    assert text.place(text.source.index("peat")) == (4, 5)


def test_it_reads_an_empty_value_as_an_empty_text():
    assert scalar("a:\nb: c\n", "a").value == ""


def test_it_gives_each_document_of_a_file_its_own_text_and_line():
    found = documents("# title\na: b\n---\n# nothing but a comment\n---\nc: d\n...\ne: f\n", "x.yaml")
    assert [(document.line, document.text.strip()) for document in found] == [
        (1, "# title\na: b"),
        (5, "c: d"),
        (7, "e: f"),
    ]


def test_it_reads_the_other_documents_when_one_is_broken():
    found = documents('a: b\n---\nc: "x" OR y\n---\nd: e\n', "x.yaml")
    assert [bool(document.problems) for document in found] == [False, True, False]
    assert str(found[1].problems[0]).startswith("x.yaml:3:4: ")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n---\n", "...\n"])
def test_it_finds_no_document_where_nothing_is_said(text):
    assert documents(text, "x.yaml") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'headline: "A" OR "B"',
            'x.yaml:1:11: YAML ends the value at the second quotation mark; write headline: ("A" OR "B")',
        ),
        (
            "rule: 'New' coal",
            "x.yaml:1:7: YAML ends the value at the second quotation mark; write rule: \"'New' coal\"",
        ),
        (
            'rule: "New" coal',
            "x.yaml:1:7: YAML ends the value at the second quotation mark; write rule: '\"New\" coal'",
        ),
        ("a: b: c", 'x.yaml:1:4: a colon in a value makes it a mapping; put it in quotes: a: "b: c"'),
        (
            "- Crime: KCNA: Notes",
            'x.yaml:1:3: a colon in a value makes it a mapping; put it in quotes: - "Crime: KCNA: Notes"',
        ),
        (
            "- *plenum",
            'x.yaml:1:3: a value cannot start with "*"; a star stands at the end of a word: - plenum*',
        ),
        (
            "- *plenum OR ore",
            'x.yaml:1:3: a value cannot start with "*"; a star stands at the end of a word: - plenum* OR ore',
        ),
        ("- !coal", 'x.yaml:1:3: a value cannot start with "!"; put it in quotes: - "!coal"'),
        ("a: &coal peat", 'x.yaml:1:4: a value cannot start with "&"; put it in quotes: a: "&coal peat"'),
        ("- [sic] coal", 'x.yaml:1:3: a value cannot start with "["; put it in quotes: - "[sic] coal"'),
        (
            "- [sic] OR coal",
            'x.yaml:1:3: a value cannot start with "["; put it in quotes: - ("[sic]" OR coal)',
        ),
        (
            "a: {b: /c[o0]al/}",
            "x.yaml:1:4: YAML cannot read what stands between { and }; write its keys on lines of their own",
        ),
        ("a: @coal", 'x.yaml:1:4: a value cannot start with "@"; put it in quotes: a: "@coal"'),
        ("a: `coal`", 'x.yaml:1:4: a value cannot start with "`"; put it in quotes: a: "`coal`"'),
        ("a: %coal", 'x.yaml:1:4: a value cannot start with "%"; put it in quotes: a: "%coal"'),
        ('a: "coal\nb: c', 'x.yaml:1:4: the quotation mark that opens here is not closed; write a: "coal"'),
        ("a: [coal, peat\nb: c", 'x.yaml:1:4: the "[" that opens here is not closed; write a: [coal, peat]'),
        ('a: "\\d"', "x.yaml:1:4: in double quotes a backslash is an escape; write a: '\\d'"),
        ("a:\n\tb: c", "x.yaml:2:1: a tab stands before the first word of the line; use spaces"),
        ("a: b\nc\nd: e", 'x.yaml:2:1: this line has no colon: write it as "c: …", or start it with "- "'),
        ("a: b\na: c", 'x.yaml:2:1: "a" stands here a second time (first in line 1); keep one of them'),
        ("? [a]\n: b", "x.yaml:1:3: a key has to be a plain word, not a list or a mapping"),
    ],
)
def test_it_says_in_one_sentence_what_is_wrong_and_shows_the_line_as_it_should_be(text, problem):
    assert problems(text) == [problem]


def test_it_finds_the_mistakes_of_a_document_all_at_once():
    found = problems('a: "x" OR y\nb: *c\nd: e: f\ng: !h\ng: i\n')
    assert [problem.split(": ")[0] for problem in found] == [
        "x.yaml:1:4",
        "x.yaml:2:4",
        "x.yaml:3:4",
        "x.yaml:4:4",
        "x.yaml:5:1",
    ]


def test_it_counts_columns_in_characters():
    assert problems('a: 😀 "\nb: "c" d\n') == [
        "x.yaml:2:4: YAML ends the value at the second quotation mark; write b: '\"c\" d'"
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "a: " + "[[" * 50_000])
def test_it_survives_a_hundred_thousand_brackets_inside_each_other(text):
    assert len(problems(text)) == 1


def test_it_refuses_what_is_nested_deeper_than_any_rule():
    (problem,) = problems("- " * 17 + "x")
    assert problem == "x.yaml:1:33: this is nested more than 16 deep; no rule needs that"
    assert problems("- " * 16 + "x") == []


def test_it_expands_no_aliases():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert len(problems(bomb)) == 6


def test_it_reads_files_with_a_byte_order_mark_and_with_any_line_breaks(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b\r\nc: d\re: f\n")
    assert read(path, "x.yaml") == "a: b\nc: d\ne: f\n"


def test_it_says_where_a_file_is_not_utf_8(tmp_path):
    problem = refusal(tmp_path / "x.yaml", "rule: é\nwhy: caf".encode() + b"\xe9\n")
    assert str(problem) == "x.yaml:2:9: this is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    "content",
    [b"a: b\nc: \x00d", "a: b\nc: \u2028d".encode(), "a: b\nc: \ufeffd".encode(), b"a: b\nc: \x1b[31m"],
)
def test_it_says_where_an_invisible_character_stands(tmp_path, content):
    problem = refusal(tmp_path / "x.yaml", content)
    assert (problem.line, problem.column) == (2, 4)
    assert "invisible character" in problem.text


def test_it_refuses_utf_16(tmp_path):
    problem = refusal(tmp_path / "x.yaml", "a: b".encode("utf-16"))
    assert "save the file as UTF-8" in problem.text


def test_it_does_not_read_files_that_are_too_large(tmp_path):
    path = tmp_path / "x.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    with pytest.raises(ConfigError, match=f"larger than {MOST_BYTES:,} bytes"):
        read(path, "x.yaml")


def test_it_says_that_a_folder_or_a_pipe_is_no_file(tmp_path):

    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match="a folder"):
        read(tmp_path / "folder.yaml", "x.yaml")
    for name in ("pipe.yaml", "loop.yaml", "absent.yaml"):
        with pytest.raises(ConfigError, match=r"x\.yaml: "):
            read(tmp_path / name, "x.yaml")


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!#|>'\"%@`, \n\t?é전\\"), max_size=60))
def test_it_never_raises_whatever_a_file_holds(text):
    for document in documents(text, "x.yaml"):
        assert all(1 <= problem.line <= text.count("\n") + 1 for problem in document.problems)
        assert document.value is not None or document.problems or document.text.strip()


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)))
def test_every_quoted_text_is_read_back_with_its_place(texts):
    lines = [f"- '{text.replace(chr(39), chr(39) * 2)}'" for text in texts]
    for document in documents("\n".join(lines), "x.yaml"):
        assert isinstance(document.value, Entries)
        assert [each.value for each in document.value.values if isinstance(each, Text)] == texts
        assert [each.line for each in document.value.values] == list(range(1, len(texts) + 1))

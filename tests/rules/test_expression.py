"""Every row and bullet of the expression language."""

import subprocess
import sys

import pytest
from reading_aloud import passages, quotes, word_list

from watcher.rules.expression import ExpressionError, parse

LISTS = {
    "committee": word_list("committee", {"a": ["Central Committee"], "b": ["C.C."]}),
    "sectors": word_list(
        "sectors",
        {
            "metal": ["metal*", "iron and steel", "금속"],
            "coal": ["coal"],
            "power": ["electric power OR 전력", "hydropower"],
        },
    ),
}

TRUE = [
    # words and phrases
    ("iron and steel", "The Iron and Steel Complex", ["Iron and Steel"]),
    ("coal", "coal-mining", ["coal"]),
    ("coal mining", "coal-mining/drilling", ["coal-mining"]),
    ("kim", "Kim's visit", ["Kim"]),
    ("workers' party", "the Workers’ Party", ["Workers’ Party"]),
    ("cafe", "a Café", ["Café"]),
    ("café", "CAFE’s", None),  # an abbreviation by its looks
    ("iron & steel", "iron, steel", ["iron, steel"]),
    ("8th", "the 8th", ["8th"]),
    ("iron ore", "iron\u00a0ore", ["iron\u00a0ore"]),
    ("iron ore", "iron\nore", ["iron\nore"]),
    ("iron ore", "Iron\nOre", None),
    ("metal", "metals", None),
    ("C.C., WPK", "of the C.C., WPK", ["C.C., WPK"]),
    ("University it", "Kim Il Sung University. It", None),
    ("Sept. 3", "on Sept. 3", ["Sept. 3"]),
    ("plenum iron ore", "plenum. Iron ore", None),
    ("at least 3 of coal", "at least 3 of coal", ["at least 3 of coal"]),
    # quotes
    ('"IN AND OUT"', "They go in and out", ["in and out"]),
    ('"IN AND OUT"', "In and Out", ["In and Out"]),
    ('"US AND China"', "the US and China", ["US and China"]),
    ("“IN AND OUT” again", "in and out again", ["in and out again"]),
    ('at the "same" time', "at the same time", ["at the same time"]),
    # operators
    ("coal AND iron", "iron, coal", ["coal", "iron"]),
    ("coal AND iron", "coal", None),
    ("coal OR iron", "iron", ["iron"]),
    ("coal OR iron", "iron coal", ["coal"]),
    ("coal NOT iron", "coal", ["coal"]),
    ("coal NOT iron", "coal, iron", None),
    ("coal NOT iron NOT ore", "coal, ore", None),
    ("coal AND (iron OR ore)", "ore coal", ["coal", "ore"]),
    ("(coal AND iron) OR ore", "ore", ["ore"]),
    ("（coal OR peat） AND ore", "ore peat", ["peat", "ore"]),
    # beginnings
    ("plenum*", "two plenums", ["plenums"]),
    ("plenum*", "a plenum", ["plenum"]),
    ("plenary meeting*", "Plenary Meetings", ["Plenary Meetings"]),
    ("plenar* meeting", "plenary meeting", ["plenary meeting"]),
    ("plenum*", "PLENUM", ["PLENUM"]),
    ("SPA*", "the SPAs met", ["SPAs"]),
    ("SPA*", "in outer space", None),
    # nearness
    ("coal NEAR/2 iron", "coal one two iron", ["coal", "iron"]),
    ("coal NEAR/2 iron", "iron one two coal", ["iron", "coal"]),
    ("coal NEAR/2 iron", "coal one two three iron", None),
    ("coal NEAR/0 iron", "iron coal", ["iron", "coal"]),
    ("coal BEFORE/2 iron", "coal one iron", ["coal", "iron"]),
    ("coal BEFORE/2 iron", "iron one coal", None),
    ("coal NEAR/9 iron", "coal. Iron", ["coal", "Iron"]),
    ("coal NEAR/9 iron", "Coal\nIron", None),
    ("coal NEAR/S iron", "coal and many more words before iron", ["coal", "iron"]),
    ("coal NEAR/S iron", "Coal. Iron", None),
    ("coal BEFORE/S iron", "iron and coal", None),
    ("coal NEAR/P iron", "Coal. Iron", ["Coal", "Iron"]),
    ("coal NEAR/P iron", "Coal\nIron", None),
    ("coal NEAR/1 coal", "coal", None),
    ("coal NEAR/1 coal", "coal, coal", ["coal", "coal"]),
    ("(coal OR peat) NEAR/1 ($committee OR ore)", "peat for the Central Committee", None),
    (
        "(coal OR peat) NEAR/2 ($committee OR ore)",
        "peat for the Central Committee",
        ["peat", "Central Committee"],
    ),
    ("coal AND iron NEAR/1 ore", "ore, iron; coal", ["coal", "ore", "iron"]),
    # lists
    ("$committee", "the C.C., WPK", ["C.C."]),
    ("AT LEAST 2 OF $sectors", "Metals and iron and steel", None),
    ("AT LEAST 2 OF $sectors", "Coal, metals, coal", ["Coal", "metals"]),
    ("AT LEAST 2 OF $sectors", "hydropower, 전력공업, 금속공업", ["hydropower", "금속"]),
    ("AT  LEAST 3 OF $sectors AND ore", "coal metal hydropower ore", ["coal", "metal", "hydropower", "ore"]),
    # mentions
    ("3x coal", "coal, coal; coal", ["coal", "coal", "coal"]),
    ("3x coal", "coal coal", None),
    ("2x (coal OR coal mine)", "coal mine", None),
    ("2x (coal OR peat)", "peat, coal", ["peat", "coal"]),
    ("2X coal", "coal coal", ["coal", "coal"]),
    ("2x coal mine", "coal mine coal mine", ["coal mine", "coal mine"]),
    ("2x $sectors", "coal, iron and steel", ["coal", "iron and steel"]),
    # exact case
    ("=WPK", "the WPK", ["WPK"]),
    ("=Polish", "polish", None),
    ("=Polish", "a Polish paper", ["Polish"]),
    ('="Iron and Steel"', "iron and steel", None),
    ('="Iron and Steel"', "Iron and Steel", ["Iron and Steel"]),
    ("=Iron and steel", "Iron AND STEEL works of the town", None),
    ("=Iron and steel", "Iron and Steel", ["Iron and Steel"]),
    ("=Iraq*", "Iraqi", ["Iraqi"]),
    ("=us", "US", None),
    # regexes
    (r"/plen(ary|um)/", "A PLENUM", ["PLENUM"]),
    (r"/(?-i)plenum/", "A PLENUM", None),
    (r"/and\/or/", "coal and/or", ["and/or"]),
    (r"/iron ore/", "iron\u00a0ore", ["iron\u00a0ore"]),
    (r"/\pL+공업/", "금속공업부문", ["금속공업"]),
    (r"/\d+ \(ten\)/ AND coal", "10 (ten) coal", ["10 (ten)", "coal"]),
    # abbreviations
    ("US", "the US", ["US"]),
    ("US", "the U.S.", ["U.S."]),
    ("US", "tell us", None),
    ("U.S.", "the US", ["US"]),
    ("U.S.", "tell us", None),
    ("us", "the US and the U.S.", None),
    ("us", "tell us", ["us"]),
    ("CC", "the C.C., WPK", ["C.C."]),
    ("cc", "the C.C. and CC", None),
    ("PM", "at 9 p.m.", None),
    ("us", "THEY TELL US EVERYTHING", ["US"]),
    ("US coal", "US COAL OUTPUT RISES", ["US COAL"]),
    ("PYONGYANG", "Pyongyang", ["Pyongyang"]),
    ("N. Korea", "N. Korea's", ["N. Korea"]),
    # Hangul, Han and Kana
    ("전원회의", "제6차 전원회의를", ["전원회의"]),
    ("전원회의", "제6차전원 회의를", ["전원 회의"]),
    ("전원회의", "전원, 회의", None),
    ("금속 화학", "금속, 화학공업", ["금속, 화학"]),
    ("당", "당중앙위원회", None),
    ("당", "우리 당 만세", ["당"]),
    ("北", "北, 회의", ["北"]),
    ("北", "北京", None),
    ("委員会", "中央委員会", ["委員会"]),
    ("WPK 회의", "WPK회의", ["WPK회의"]),
    ("전원회의 NEAR/1 진행", "전원회의 확대회의를 진행", ["전원회의", "진행"]),
    ("전원회의 NEAR/0 진행", "전원회의 확대회의를 진행", None),
    ("전원회의 NEAR/0 확대", "전원회의확대회의", ["전원회의", "확대"]),
    ("中央 NEAR/1 大会", "中央委員大会", None),
    ("中央 NEAR/2 大会", "中央委員大会", ["中央", "大会"]),
]


@pytest.mark.parametrize(("expression", "body", "expected"), TRUE)
def test_it_says_which_words_make_it_true(expression: str, body: str, expected: list[str] | None) -> None:
    assert quotes(expression, body, lists=LISTS) == expected


def test_and_looks_at_the_whole_field_and_phrases_and_near_at_one_passage() -> None:
    assert quotes("coal AND iron", "iron", "coal") == ["coal", "iron"]
    assert quotes("2x coal", "coal", "coal") == ["coal", "coal"]
    assert quotes("coal iron", "iron", "coal") is None
    assert quotes("coal NEAR/P iron", "iron", "coal") is None
    assert quotes("AT LEAST 2 OF $sectors", "metal", "coal", LISTS) == ["coal", "metal"]


def test_evidence_names_field_place_and_concept() -> None:
    hits = parse("AT LEAST 2 OF $sectors", LISTS).holds(passages("On Iron and Steel", "Coal up"))
    found = [hit.evidence() for hit in hits or []]
    assert [(each.field, each.start, each.end, each.concept) for each in found] == [
        ("headline", 0, 4, "coal"),
        ("body", 3, 17, "metal"),
    ]
    (hit,) = parse("$sectors", LISTS).holds(passages("metals")) or []
    assert hit.concept == "metal"


def test_at_least_names_every_concept_that_is_there() -> None:
    hits = parse("AT LEAST 2 OF $sectors", LISTS).holds(passages("hydropower, coal, metal, coal")) or []
    assert [hit.concept for hit in hits] == ["power", "coal", "metal"]


def test_a_list_is_searched_once_in_a_passage() -> None:
    field = passages("coal and metal")
    parse("$sectors", LISTS).holds(field)
    assert LISTS["sectors"].hits(field[1]) is LISTS["sectors"].hits(field[1])


WRONG = [
    ("", 1, "the expression is empty"),
    ("   ", 1, "the expression is empty"),
    ("a AND b OR c", 9, "write (a AND b) OR c, or a AND (b OR c)"),
    ("a AND b AND c NOT d", 15, "write (b AND c) NOT d, or b AND (c NOT d)"),
    ("x AND (a NOT b OR c)", 16, "write (a NOT b) OR c, or a NOT (b OR c)"),
    ("NOT coal", 1, "unless"),
    ("(NOT coal)", 2, "unless"),
    ("a AND NOT b", 7, "write NOT alone: coal NOT metal"),
    ("a OR NOT b", 6, "unless"),
    ("OR metal", 1, 'nothing stands before OR: for the word, write it small or in quotes, "OR"'),
    ("a AND OR b", 7, "nothing stands before OR after AND"),
    ("coal OR", 6, 'nothing follows OR: for the word, write it small or in quotes, "OR"'),
    ("(coal AND) b", 10, "nothing follows AND"),
    ("a ()", 3, "an operator is missing before (: AND, OR, NOT or NEAR/6"),
    ("()", 2, "nothing stands in these parentheses"),
    ("coal $sectors", 6, "an operator is missing before $sectors"),
    ("(a) (b)", 5, "an operator is missing before ("),
    ("/a/ b", 5, "an operator is missing before b"),
    ("a AND (b", 7, "never closed: add a )"),
    ("a) AND b", 2, "closes nothing"),
    ('a AND "b c', 7, "this quote is never closed"),
    # lists and numbers
    ("a AND $sector", 7, "there is no list $sector, did you mean $sectors?"),
    ("$mines", 1, "there is no list $mines: a list is a file lists/NAME.yaml"),
    ("AT LEAST 3 OF coal", 15, "takes a list: AT LEAST 3 OF $key_sectors"),
    ("AT LEAST 3 OF", 1, "takes a list"),
    ("a AND AT LEAST 4 OF $sectors", 7, "$sectors has 3 concepts"),
    ("AT LEAST 0 OF $sectors", 1, "$sectors has 3 concepts"),
    ("AT LEAST three OF $sectors", 1, "AT belongs to AT LEAST 3 OF $list"),
    ("BANK OF KOREA", 6, 'for the word, write it small or in quotes, "OF"'),
    ("coal AND, iron", 6, "remove the punctuation from AND"),
    ("coal AND\u200b iron", 6, "remove the punctuation from AND"),
    ("3x", 1, "3x needs what to count: 3x coal, 3x (coal OR peat)"),
    ("more than 3x", 11, 'for the word, write "3x"'),
    ("3x (a AND b)", 4, "3x counts words, phrases, lists, or an OR of them"),
    ("3x /coal/", 4, "3x counts words"),
    ("0x coal", 1, "from 1x to 1000x"),
    # nearness
    ("a NEAR b", 3, "NEAR needs a distance: NEAR/6 for words, NEAR/S for a sentence"),
    ("a BEFORE b", 3, "BEFORE needs a distance"),
    ("a NEAR/x b", 3, "NEAR needs a distance"),
    ("a NEAR/501 b", 3, "a distance is at most 500 words"),
    ("NEAR/5 b", 1, "nothing stands before NEAR/5"),
    ("a NEAR/5", 3, "nothing follows NEAR/5"),
    ("a NEAR/5 NEAR/5 b", 10, "nothing stands before NEAR/5 after NEAR/5"),
    ("a NEAR/5 b NEAR/4 c", 12, "write (a NEAR/5 b) AND (b NEAR/4 c)"),
    ("(a BEFORE/5 b) NEAR/4 c", 4, "write (a BEFORE/5 b) AND (b NEAR/4 c)"),
    ("(a AND b) NEAR/5 c", 4, "write (a NEAR/5 c) AND (b NEAR/5 c)"),
    ("c BEFORE/5 ((a NOT b))", 16, "write (c BEFORE/5 a) NOT (c BEFORE/5 b)"),
    ("a NEAR/5 3x b", 10, "3x b cannot stand beside NEAR/5"),
    ("a NEAR/5 /b/", 10, "write /b/ AND a"),
    ("AT LEAST 2 OF $sectors NEAR/5 a", 1, "write AT LEAST 2 OF $sectors AND a"),
    ("(a OR /b/) NEAR/5 c", 2, "write (a OR /b/) AND c"),
    # other services
    (
        "coal near/5 iron",
        6,
        "near/5 is not our operator: write NEAR/5 for either order, BEFORE/5 for this one",
    ),
    ("coal w/5 iron", 6, "write NEAR/5 for either order, BEFORE/5 for this one"),
    ("coal W/S iron", 6, "write NEAR/S"),
    ("coal w/para iron", 6, "write NEAR/P"),
    ("coal adj5 iron", 6, "write NEAR/5"),
    ("coal pre/5 iron", 6, "write BEFORE/5 for this order"),
    ("atleast5 coal", 1, "write 5x coal"),
    ("coal same iron", 6, "write NEAR/P for one paragraph"),
    ("plenum!", 1, "write plenum*"),
    ("wom?n", 4, "(woman OR women)"),
    # stars, exact case, regexes
    ("pl*", 3, "at least 3 letters"),
    ("US*", 3, "at least 3 letters"),
    ("coal *ing", 6, "only at the end of a word"),
    ("co*al", 3, "only at the end of a word"),
    ("coal *", 6, "only at the end of a word"),
    ('"plenum"*', 9, "inside the quotes"),
    ('"iron pl*"', 9, "at least 3 letters"),
    ("전원*", 3, "leave out the *"),
    ("= WPK", 1, "=WPK"),
    ("- AND coal", 1, "there is no word in -"),
    ('""', 1, "there is no word in"),
    ("coal AND /iron", 10, r"write \/ for a slash inside"),
    ("/coal/i", 7, "no letters go after a regex"),
    ("/co(al/", 1, "this regex cannot be used: missing )"),
    (r"/(a)\1/", 1, "this regex cannot be used: invalid escape sequence"),
    ("/a*/", 1, "matches even an empty text"),
    (r"/(\pL{100}){100}/", 1, "this regex cannot be used"),
    ("/" + "a" * 1001 + "/", 1, "at most 1,000 characters"),
]


@pytest.mark.parametrize(("expression", "column", "message"), WRONG)
def test_it_says_where_it_is_wrong_and_what_to_write(expression: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(expression, LISTS)
    assert message in error.value.message
    assert error.value.column == column


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        (" OR ".join(["a"] * 100_000), 50_001),
        (" OR ".join(["a"] * 6_000), 5 * 2_500 + 1),
        ("(" * 100_000 + "a" + ")" * 100_000, 50_001),
        ("(" * 1_000 + "a" + ")" * 1_000, 51),
        ("/" * 49_999, 1),
        ("=" * 49_999, 1),
        ("AT " * 16_000, 1),
        (" " * 49_999 + "(", 50_000),
    ],
)
def test_it_refuses_monsters_at_once(expression: str, column: int) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(expression, LISTS)
    assert error.value.column == column
    assert len(error.value.message) < 200


def test_it_reads_as_much_as_a_person_writes() -> None:
    assert quotes("(" * 50 + "coal" + ")" * 50, "coal") == ["coal"]
    assert quotes(" OR ".join(f"word{nth}" for nth in range(2_000)), "word1999") == ["word1999"]


ANCHORS = [
    ("coal", {"coal"}),
    ("US", {"US"}),
    ("the plenum*", {"plenum*"}),
    ("전원회의", {"전원"}),
    ("당", {"당"}),
    ("제6차", {"6"}),
    ("coal AND plenary", {"plenary"}),
    ("coal OR plenary", {"coal", "plenary"}),
    ("coal NOT plenary", {"coal"}),
    ("coal NEAR/3 (plenary OR plenum)", {"coal"}),
    ("coal AND /x/", {"coal"}),
    ("coal OR /x/", set()),
    ("/x/", set()),
    ("3x (coal OR peat)", {"coal", "peat"}),
    ("$committee", {"committee", "CC"}),
    ("AT LEAST 2 OF $committee", {"committee", "CC"}),
    ('"COAL AND STEEL"', {"STEEL", "steel"}),
    ("SPA*", {"SPA*", "spa*"}),
]


@pytest.mark.parametrize(("expression", "anchors"), ANCHORS)
def test_it_names_rare_words_to_look_it_up_by(expression: str, anchors: set[str]) -> None:
    def weigh(anchor: str) -> float:
        return 100 - len(anchor)

    assert parse(expression, LISTS).anchors(weigh) == anchors


def test_the_parser_is_loaded_with_the_first_expression_only() -> None:
    code = "import sys, watcher.rules.expression; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.rules.passage import Passage
from watcher.rules.pieces import PARAGRAPH, Pieces
from watcher.text import words


def passage(text: str, *, heading: bool = False) -> Passage:
    return Passage("body", text, Pieces(), heading=heading)


def test_it_is_a_line_of_keys_between_spaces() -> None:
    assert passage("Kim Jong Un's visit, WPK").line == " kim jong un visit WPK "
    assert passage("").line == "  "


def test_a_line_break_ends_a_paragraph_unless_the_sentence_goes_on_in_small_letters() -> None:
    assert passage("Coal\nSteel").line == f" coal {PARAGRAPH} steel "
    assert passage("coal and\nsteel").line == " coal and steel "
    assert passage("It ends.\nand on").line == f" it ends {PARAGRAPH} and on "
    assert passage("coal\n\nsteel").line == f" coal {PARAGRAPH} {PARAGRAPH} steel "
    assert passage("전원\n회의").line == f" 전 원 {PARAGRAPH} 회 의 "


def test_line_breaks_in_a_headline_are_spaces() -> None:
    assert passage("Coal\nSteel", heading=True).line == " coal steel "


@given(
    st.lists(st.sampled_from(["Coal", "U.S.", "ﬁsh", "전원", "e\u0301", "-", "", "a", "Kim's"]), max_size=8),
    st.data(),
)
def test_every_word_is_found_again_in_the_text(pieces: list[str], data: st.DataObject) -> None:
    gaps = [data.draw(st.sampled_from([" ", "\n", "\n\n", "  ", "\u00a0", ", "])) for _ in pieces]
    text = "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=True))
    found = passage(text)
    ordinals = [nth for nth, key in enumerate(found.line[1:-1].split(" ")) if key not in (PARAGRAPH, "")]
    assert [found.word(ordinal) for ordinal in ordinals] == list(words(text))


def test_it_holds_words_in_capitals_a_second_time_in_small_letters() -> None:
    shouted = passage("US COAL OUTPUT RISES\nUS coal")
    assert shouted.lines[1].startswith(" us coal output rises ")
    assert {"US", "us", "COAL", "coal"} <= shouted.terms
    assert len(passage("WPK DPRK").lines) == 1  # abbreviations, not capitals
    assert len(passage("WPK 중앙위원회 전원회의 확대회의 소집").lines) == 1


def test_its_terms_are_words_and_pairs_of_syllables() -> None:
    assert passage("Coal 전원, 회의").terms >= {"coal", "전", "전원", "원회", "회의"}
    assert "전원" not in passage("전\n원").terms


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Kim Il Sung University. It has", True),
        ("of Sept. 3", False),
        ("the C.C., WPK", False),
        ("in the U.S. It said", True),
        ("coal - Steel", False),
        ("coal. - Steel", True),
        ("하였다. 전원회의", True),
        ("coal, Steel", False),
    ],
)
def test_it_knows_whether_a_sentence_ends_before_its_last_words(text: str, ends: bool) -> None:
    found = passage(text)
    last = found.line.count(" ") - 2
    assert any(found.ends_sentence(ordinal) for ordinal in range(last)) is ends
    assert found.in_sentence(0, last) is not ends


def test_it_knows_what_stands_in_one_paragraph() -> None:
    found = passage("Coal is up\nSteel is down")
    assert found.in_paragraph(0, 2)
    assert found.in_paragraph(4, 6)
    assert not found.in_paragraph(2, 4)
    assert not found.in_sentence(2, 4)


def test_it_counts_words_in_hangul_and_characters_in_han() -> None:
    hangul = passage("전원회의 확대회의를 진행")  # 전0 원 회 의 확4 대 회 의 를 진9 행
    assert hangul.between(0, 9) == 1
    assert hangul.between(3, 4) == 0
    assert hangul.between(0, 1) == 0
    assert passage("제6차 회의").between(0, 3) == 0
    assert passage("中央委員会 党").between(0, 5) == 4
    assert passage("coal and steel").between(0, 2) == 1


def test_a_syllable_is_lone_when_nothing_is_glued_to_it() -> None:
    found = passage("당 회의 北, 3일")
    assert [found.is_lone(ordinal) for ordinal in range(6)] == [True, False, False, True, False, False]


def test_regexes_see_plain_spaces_and_the_same_offsets() -> None:
    text = "a\u00a0b\u3000c\nd"
    assert passage(text).plain == "a b c\nd"
    assert passage(text, heading=True).plain == "a b c d"


def test_it_places_the_words_of_a_long_text() -> None:
    found = passage("Coal is up.\n" * 20_000)
    assert found.word(4 * 19_999).start == 12 * 19_999

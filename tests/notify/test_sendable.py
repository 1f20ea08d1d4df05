import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.notify.sendable import line, paragraphs, plain, shorten, without_middle

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_what_is_left_can_be_encoded_and_holds_no_control_or_bidi_character(text: str) -> None:
    left = plain(text)
    left.encode("utf-8")
    assert {unicodedata.category(c) for c in left if c not in "\n\t"}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not set(left) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(ANY_TEXT, st.integers(1, 300))
def test_a_line_has_no_break_and_keeps_its_limit(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit
    assert len(line(text, limit).splitlines()) <= 1


@given(ANY_TEXT, st.integers(100, 300))
def test_paragraphs_keep_their_limit(text: str, limit: int) -> None:
    assert len(paragraphs(text, limit)) <= limit


@given(ANY_TEXT.map(lambda text: text * 20), st.integers(60, 300))
def test_without_its_middle_a_text_keeps_its_limit_and_its_beginning(text: str, limit: int) -> None:
    cut = without_middle(text, limit)
    assert len(cut) <= limit
    assert text.startswith(cut.partition("\n… (shortened)")[0])


def test_the_last_paragraphs_are_kept_when_the_middle_is_not() -> None:
    text = "first\n\n" + "word " * 100 + "\n\nlink\nsource\n\nrule"
    assert without_middle(text, 60) == "first\n\nword word word wor\n… (shortened) …\n\nlink\nsource\n\nrule"


def test_what_is_cut_is_said() -> None:
    assert paragraphs("word " * 100, 120).endswith("… (379 characters and more are left out here)")
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize("text", ["제6차 전원회의", "Ünïcödé – “quotes”", "क्‍ष (joined)", "a\tb\n\nc"])
def test_ordinary_text_of_any_script_is_left_alone(text: str) -> None:
    assert plain(text) == text

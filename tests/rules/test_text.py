import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.text import fold, index_terms, is_abbreviation, is_hangul, is_syllabic, without_accents, words

mixed = st.text(
    alphabet=st.one_of(
        st.sampled_from("aZé.'’-/ \u00a0\n전원回カｶﾞ\u0301\u00adßﬁ½8"), st.characters(codec="utf-8")
    ),
    max_size=30,
)


def keys(text: str) -> list[str]:
    return [word.key for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Coal-mining and/or iron_ore", ["coal", "mining", "and", "or", "iron", "ore"]),
        ("8th C1 1,000", ["8th", "c1", "1", "000"]),
        ("US and us, U.S. and U.S.-led", ["US", "and", "us", "US", "and", "US", "led"]),
        ("C.C., WPK", ["CC", "WPK"]),
        ("N. Korea", ["n", "korea"]),
        ("PYONGYANG DPRK", ["pyongyang", "DPRK"]),
        ("A.B.C.D.E.F", ["abcdef"]),
        ("9 p.m., e.g. today", ["9", "pm", "eg", "today"]),
        ("Kim's WPK’s C.C.'s workers' Ba'ath", ["kim", "WPK", "CC", "workers", "ba", "ath"]),
        ("Café ÉLAN naïve Straße", ["cafe", "ELAN", "naive", "strasse"]),
        ("ﬁsh Ａ１ ｶﾞ", ["fish", "a1", "ガ"]),
        ("제6차 회의", ["제", "6", "차", "회", "의"]),
        ("北京 カナ", ["北", "京", "カ", "ナ"]),
        ("a\u00a0b\u3000c\nd", ["a", "b", "c", "d"]),
        ("so\u00adft co\u200dal", ["soft", "coal"]),
        ("\u0301 a — · …", ["a"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
    ],
)
def test_it_reads_the_words_of_a_text(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_it_names_words_by_their_place_in_the_text_as_it_was_given() -> None:
    text = "The\u00a0ﬁsh, U.S.’s ｶﾞ e\u0301t 전원"
    assert [text[word.start : word.end] for word in words(text)] == [
        *("The", "ﬁsh", "U.S.", "ｶﾞ", "e\u0301t", "전", "원"),
    ]


def test_it_keeps_the_case_of_a_word_beside_its_key() -> None:
    assert [word.exact for word in words("Iron U.S. CAFÉ us")] == ["Iron", "US", "CAFE", "us"]


@given(mixed)
def test_words_stand_in_order_and_never_overlap(text: str) -> None:
    end = 0
    for word in words(text):
        assert word.key
        assert end <= word.end <= len(text)
        assert word.start < word.end
        end = word.end


@given(mixed)
def test_composed_and_decomposed_texts_have_the_same_words(text: str) -> None:
    assert keys(unicodedata.normalize("NFC", text)) == keys(unicodedata.normalize("NFD", text))


@given(
    st.lists(
        st.sampled_from(["US", "U.S.", "coal", "Kim's", "전원회의", "제6차", "café", "北京"]), max_size=6
    )
)
def test_cutting_a_text_at_spaces_changes_no_word(pieces: list[str]) -> None:
    assert keys(" ".join(pieces)) == [key for piece in pieces for key in keys(piece)]


def test_it_indexes_folded_words_and_pairs_of_syllables_across_spaces() -> None:
    assert index_terms("U.S. Coal, 전원 회의") == "us coal 전원 원회 회의"
    assert index_terms("제6차 회의") == "6 차회 회의"


def test_it_indexes_a_syllable_alone_only_where_it_stands_alone() -> None:
    assert index_terms("北, US").split() == ["北", "us"]
    assert "北" not in index_terms("北京").split()


def test_texts_that_differ_in_white_space_and_punctuation_fold_alike() -> None:
    assert fold("  Ｃoal —\n“Steel” ") == fold("coal steel") == "coal steel"


@given(mixed)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("word", "yes"), [("US", True), ("WPKCC", True), ("A", False), ("COALED", False), ("C1", False)]
)
def test_an_abbreviation_is_two_to_five_capital_letters(word: str, yes: bool) -> None:
    assert is_abbreviation(word) is yes


def test_it_tells_scripts_apart() -> None:
    assert is_hangul("제")
    assert not is_hangul("中カ")
    assert is_syllabic("x中")
    assert not is_syllabic("coal é")
    assert without_accents("é 한 ガ") == "e 한 ガ"

import pytest

from watcher.rules.sentences import ends_sentence


@pytest.mark.parametrize(
    ("before", "gap", "after"),
    [
        ("University", ". ", "It"),
        ("Held", "! ", "The"),
        ("held", '." ', "The"),
        ("held", ".) ", "Workers"),
        ("U.S.", " ", "It"),
        ("U.S.", " ", "The"),
        ("다", ". ", "전"),
        ("る", "。", "中"),
        ("2024", ". ", "Workers"),
        ("held", "… ", "Then"),
    ],
)
def test_a_sentence_ends(before: str, gap: str, after: str) -> None:
    assert ends_sentence(before, gap, after)


@pytest.mark.parametrize(
    ("before", "gap", "after"),
    [
        ("C.C.", ", ", "WPK"),
        ("C.C.", " ", "WPK"),
        ("Sept", ". ", "3"),
        ("No", ". ", "5"),
        ("Mr", ". ", "Kim"),
        ("N", ". ", "Korea"),
        ("U.S.", " ", "President"),
        ("said", ". ", "and"),
        ("kcna", ".", "kp"),
        ("coal", ", ", "Steel"),
        ("coal", " ", "Steel"),
        ("3", ".", "5"),
        ("coal", "; ", "Steel"),
    ],
)
def test_a_sentence_goes_on(before: str, gap: str, after: str) -> None:
    assert not ends_sentence(before, gap, after)

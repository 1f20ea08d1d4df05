import pytest

from watcher.rules.pieces import MARK, PARAGRAPH, Pieces, Vocabulary


@pytest.mark.parametrize(
    ("piece", "keys"),
    [
        ("Coal,", "coal"),
        ("WPK.", "WPK"),
        ("U.S.", "US"),
        ("coal-mining", "coal mining"),
        ("café", "cafe"),
        ("전원", "전 원"),
        ("-", ""),
        ("", ""),
        ("Kim's", "kim"),
        (MARK, PARAGRAPH),
    ],
)
def test_it_knows_the_keys_of_a_piece(piece: str, keys: str) -> None:
    assert Pieces()[piece][0] == keys


def test_it_knows_the_numbers_of_every_word_however_it_is_written() -> None:
    pieces = Pieces({"coal": (1, 2), "mining": (3,), "US": (4,)}.__getitem__)
    assert [pieces[each][1] for each in ("coal", "Coal,", "coal-mining", "U.S.", "-")] == [
        (1, 2),
        (1, 2),
        (1, 2, 3),
        (4,),
        (),
    ]


def test_it_forgets_when_it_holds_too_many_and_never_keeps_long_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("watcher.rules.pieces._KEPT", 2)
    pieces = Pieces()
    assert [pieces[piece][0] for piece in ("a", "b", "c", "D")] == ["a", "b", "c", "d"]
    assert len(pieces) <= 2
    assert pieces["x" * 50] == ("x" * 50, ())
    assert len(pieces) <= 2


def test_passages_of_different_names_have_different_pieces() -> None:
    vocabulary = Vocabulary({"body": Pieces(lambda key: (1,))})
    assert vocabulary["body"]["coal"] == ("coal", (1,))
    assert vocabulary["headline"]["coal"] == ("coal", ())

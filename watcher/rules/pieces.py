"""Pieces of text without spaces, and what is known of each, remembered: news repeats its words."""

from collections.abc import Callable
from itertools import chain

from watcher.text import is_abbreviation, words

PARAGRAPH = "\n"  # stands as a word of its own in a passage's line, so that no phrase crosses it
MARK = "\0"  # the piece that stands for it
Numbers = tuple[int, ...]
Known = tuple[str, Numbers]  # a piece's keys, with spaces between them, and the numbers they lead to
_KEPT = 100_000
_LONGEST_KEPT = 40


class Pieces(dict[str, Known]):
    """What is known of each piece; `numbers` says what a key leads to."""

    def __init__(self, numbers: Callable[[str], Numbers] = lambda key: ()) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, piece: str) -> Known:
        known = self._find(piece)
        if len(self) >= _KEPT:
            self.clear()
        if len(piece) <= _LONGEST_KEPT:
            self[piece] = known
        return known

    def _find(self, piece: str) -> Known:
        if piece == MARK:
            return PARAGRAPH, ()
        letters = piece.rstrip(".,;:")
        if letters.isascii() and letters.isalpha():  # nearly every piece of English: one word
            key = letters if is_abbreviation(letters) else letters.casefold()
            # however it is written, what is known of a word is kept once
            return (piece, self._numbers(piece)) if key == piece else self[key]
        found = [word.key for word in words(piece)]
        return " ".join(found), tuple(chain.from_iterable(map(self._numbers, found)))


class Vocabulary(dict[str, Pieces]):
    """For the passages of each name, what is known of their pieces."""

    def __missing__(self, name: str) -> Pieces:
        self[name] = Pieces()
        return self[name]

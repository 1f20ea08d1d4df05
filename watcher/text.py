"""How texts are compared: folding for identity, tokens for rules and search."""

import re
import unicodedata

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The text after NFKC and case folding, every run of white space and punctuation one space.

    Two texts that fold alike are the same text: a fingerprint is made of this.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()

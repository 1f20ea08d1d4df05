"""Names that are not known, and the one that was probably meant."""

from collections.abc import Collection
from difflib import get_close_matches


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """One sentence: what is unknown, and what to write. what: "field"."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f'"{name}" is no {what}; did you mean "{close[0]}"?'
    return f'"{name}" is no {what}; write one of: {", ".join(known)}'

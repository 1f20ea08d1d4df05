"""The sentences that made a rule fire, with the matched words marked »like this«."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from watcher.model import Dispatch, Evidence
from watcher.text import fold

MARKS = ("»", "«")
MOST = 8
_CONTEXT = 140  # characters kept on each side of a mark in an overlong sentence
_END = re.compile(r"[.!?]['\"”’)\]]*(?=\s)|[。！？]['\"”’」』)\]]*|\n+")
_ABBREVIATED = re.compile(r"(?:^|[\s(\"“.])(?:[A-Z]|Mr|Mrs|Ms|Dr|Gen|Col|Lt|No|St|vs)\.$")

Span = tuple[int, int]


def passages(
    dispatch: Dispatch, evidence: Sequence[Evidence], most: int = MOST
) -> tuple[tuple[str, ...], int]:
    """The marked sentences, headline first, each once; and how many more than `most` there are.

    Evidence that is not where it says (the text was edited since) is found again by its words, or
    stands alone.
    """
    found: dict[str, list[Span]] = {"headline": [], "body": []}
    loose = []
    for each in evidence:
        place = _place(dispatch, each)
        if place is None:
            loose.append(f"{MARKS[0]}{each.quote}{MARKS[1]}")
        else:
            found[place[0]].append(place[1])
    lines = [*_marked(dispatch.headline, found["headline"]), *_marked(dispatch.body, found["body"])]
    lines.extend(dict.fromkeys(loose))
    return tuple(lines[:most]), max(0, len(lines) - most)


def concepts(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The concepts that were named, each once, in order; none if the matched words say it themselves."""
    named = [each for each in evidence if each.concept]
    if all(fold(each.concept) == fold(each.quote) for each in named):
        return ()
    return tuple(dict.fromkeys(each.concept for each in named))


def _place(dispatch: Dispatch, evidence: Evidence) -> tuple[str, Span] | None:
    """The field of the dispatch and the span where the words of this evidence stand."""
    if not evidence.quote:
        return None
    fields = {"headline": dispatch.headline, "body": dispatch.body}
    own = "headline" if evidence.field == "headline" else "body"
    if evidence.start >= 0 and fields[own].startswith(evidence.quote, evidence.start):
        return own, (evidence.start, evidence.start + len(evidence.quote))
    for name, text in fields.items():
        at = text.find(evidence.quote)
        if at >= 0:
            return name, (at, at + len(evidence.quote))
    return None


def _marked(text: str, spans: Sequence[Span]) -> Iterator[str]:
    """The sentences of the text that hold a span, in order, with the spans marked."""
    joined = _join(spans)
    ends = _sentence_ends(text) if joined else []
    while joined:
        start, end = _sentence(ends, joined[0])
        inside = [span for span in joined if span[0] < end]
        yield _mark(text, (start, max(end, inside[-1][1])), inside)
        joined = joined[len(inside) :]


def _join(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that overlap made one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _sentence(ends: Sequence[int], span: Span) -> Span:
    """Where the sentence around a span begins and ends."""
    return ends[bisect_right(ends, span[0]) - 1], ends[bisect_left(ends, span[1])]


def _sentence_ends(text: str) -> list[int]:
    """0, and where each sentence of the text ends, the last one with the text."""
    ends = [match.end() for match in _END.finditer(text) if _ends_sentence(text, match)]
    return [0, *ends, len(text)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Not after an initial or a title (C.C., Mr.), and not before a small letter."""
    if not match[0].startswith("."):
        return True
    following = text[match.end() : match.end() + 40].lstrip()
    abbreviated = _ABBREVIATED.search(text[max(0, match.start() - 8) : match.start() + 1])
    return not abbreviated and not following[:1].islower()


def _mark(text: str, sentence: Span, spans: Sequence[Span]) -> str:
    """The sentence with its spans marked, and long stretches between them left out."""
    pieces = []
    at = sentence[0]
    for start, end in spans:
        pieces.append(_gap(text[at:start], first=at == sentence[0]))
        pieces.append(f"{MARKS[0]}{text[start:end]}{MARKS[1]}")
        at = end
    pieces.append(_tail(text[at : sentence[1]]))
    return " ".join("".join(pieces).split())


def _gap(text: str, first: bool) -> str:
    """What stands before a mark; of a long stretch only its two ends."""
    if len(text) <= 2 * _CONTEXT:
        return text
    return f"{'' if first else _opening(text)} … {_closing(text)}"


def _tail(text: str) -> str:
    return text if len(text) <= 2 * _CONTEXT else f"{_opening(text)} …"


def _opening(text: str) -> str:
    cut = text[:_CONTEXT]
    return cut[: cut.rfind(" ")] if " " in cut else cut


def _closing(text: str) -> str:
    cut = text[-_CONTEXT:]
    return cut[cut.find(" ") + 1 :] if " " in cut else cut

"""NEAR and BEFORE: two things that stand close to each other in a passage."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.rules.nodes import Placed, rarest
from watcher.rules.passage import Passage
from watcher.rules.term import Anchors, Field, Hit, Weigh


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides, without overlap. reach: the most words between, "S" for a sentence, "P" for a paragraph."""

    left: Placed
    right: Placed
    reach: int | str
    ordered: bool = False

    def holds(self, field: Field) -> list[Hit] | None:
        for passage in field:
            if (left := self.left.hits(passage)) and (right := self.right.hits(passage)):
                pairs = [*_pairs(left, right), *([] if self.ordered else _pairs(right, left))]
                for first, second in pairs:
                    if self._reaches(passage, first.last - 1, second.first):
                        return [first, second]
        return None

    def _reaches(self, passage: Passage, first: int, last: int) -> bool:
        if self.reach == "S":
            return passage.in_sentence(first, last)
        return passage.in_paragraph(first, last) and (
            isinstance(self.reach, str) or passage.between(first, last) <= self.reach
        )

    def anchors(self, weigh: Weigh) -> Anchors:
        return rarest([self.left.anchors(weigh), self.right.anchors(weigh)], weigh)


def _pairs(left: Sequence[Hit], right: Sequence[Hit]) -> Iterator[tuple[Hit, Hit]]:
    """Each hit of the right with the nearest of the left before it; if several have the same, the first.

    Of hits that end, or begin, together it is the longest.
    """
    ends = sorted(left, key=lambda hit: (hit.last, -hit.first))
    lasts = [hit.last for hit in ends]
    taken = 0
    for hit in right:
        before = bisect_right(lasts, hit.first)
        if before > taken:
            taken = before
            yield ends[before - 1], hit

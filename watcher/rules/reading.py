"""A dispatch as rules read it: the passages of each field, cut once and shared by all rules."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from watcher.model import Dispatch
from watcher.rules.passage import Passage
from watcher.rules.pieces import PARAGRAPH, Vocabulary
from watcher.rules.term import Field

LEAD_WORDS = 60


class Reading:
    """One dispatch, and the passages of its fields as they are asked for."""

    def __init__(self, dispatch: Dispatch, vocabulary: Vocabulary) -> None:
        self.dispatch = dispatch
        self._vocabulary = vocabulary
        self._fields: dict[str, Field] = {}

    def field(self, name: str) -> Field:
        """The passages of a field; `name` is one of FIELDS."""
        if name not in self._fields:
            self._fields[name] = FIELDS[name](self)
        return self._fields[name]

    @cached_property
    def headline(self) -> Passage:
        return Passage("headline", self.dispatch.headline, self._vocabulary["headline"], heading=True)

    @cached_property
    def body(self) -> Passage:
        return Passage("body", self.dispatch.body, self._vocabulary["body"])

    @cached_property
    def lead(self) -> Passage:
        """The first paragraph of the body, at most 60 words; a piece of the body, with its offsets."""
        keys = self.body.line[1:-1].split(" ")
        first = next((place for place, key in enumerate(keys) if key not in ("", PARAGRAPH)), len(keys))
        last = first
        while last < min(len(keys), first + LEAD_WORDS) and keys[last] != PARAGRAPH:
            last += 1
        end = self.body.word(last - 1).end if last > first else 0
        return Passage("body", self.dispatch.body[:end], self._vocabulary["body"])

    def each(self, name: str, texts: Iterable[str]) -> Field:
        """A passage for every different text."""
        return tuple(Passage(name, text, self._vocabulary[name]) for text in dict.fromkeys(texts) if text)


FIELDS: Mapping[str, Callable[[Reading], Field]] = {
    "headline": lambda reading: (reading.headline,),
    "lead": lambda reading: (reading.lead,),
    "body": lambda reading: (reading.body,),
    "text": lambda reading: (reading.headline, reading.body),
    "section": lambda reading: reading.each("section", (each.section for each in reading.dispatch.surfaces)),
    "author": lambda reading: reading.each("author", [reading.dispatch.author]),
    "link": lambda reading: reading.each("link", (each.link for each in reading.dispatch.surfaces)),
    "source": lambda reading: reading.each("source", (each.source for each in reading.dispatch.surfaces)),
}

# The passages of a field, by their names; a lead stands in the body. Other fields have their own.
STANDS_IN: Mapping[str, tuple[str, ...]] = {"lead": ("body",), "text": ("headline", "body")}

"""Which rules may hold for a dispatch: found by its words, without asking the others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import itemgetter
from types import MappingProxyType

from watcher.model import Dispatch, Match
from watcher.rules.condition import Anchor
from watcher.rules.match import match
from watcher.rules.passage import Passage
from watcher.rules.pieces import Numbers, Pieces, Vocabulary
from watcher.rules.reading import STANDS_IN, Reading
from watcher.rules.rule import Rule

_STEM = 3  # the letters that a beginning ("plenum*") has at least
_KEPT = 100_000
_LONGEST_KEPT = 40
_ALWAYS = -1  # the number that is found in every dispatch
_NOTHING = frozenset({_ALWAYS})  # needs no more than that
_numbers_of = itemgetter(1)


class RuleSet:
    """Rules in force, and for the passages of each name a dictionary of the words that rules need there.

    A word leads to numbers: the places of the rules that are looked up by it, and below zero a number
    for every word that rules need besides.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._order = list(self._rules.values())
        self._unanchored: list[int] = []
        self._further_anchors: dict[Anchor, int] = {}
        self._dictionaries: dict[str, _Dictionary] = defaultdict(_Dictionary)
        needs = [self._add(place, rule) for place, rule in enumerate(self._order)]
        # nearly every rule that is looked up in vain lacks its second need
        self._second = [need[0] if need else _NOTHING for need in needs]
        self._further = [need[1:] for need in needs]
        self._vocabulary = Vocabulary(
            (name, Pieces(dictionary.numbers)) for name, dictionary in self._dictionaries.items()
        )

    def _add(self, place: int, rule: Rule) -> tuple[frozenset[int], ...]:
        """Enter a rule; what it needs besides its first anchors, as numbers."""
        if rule.status == "off":
            return ()
        if not rule.condition.needs:
            self._unanchored.append(place)
            return ()
        first, *further = rule.condition.needs
        for anchor in first:
            self._enter(anchor, place)
        return tuple(frozenset(map(self._number, need)) for need in further)

    def _number(self, anchor: Anchor) -> int:
        """The number below zero of an anchor, the same whenever asked."""
        if anchor not in self._further_anchors:
            self._further_anchors[anchor] = _ALWAYS - 1 - len(self._further_anchors)
            self._enter(anchor, self._further_anchors[anchor])
        return self._further_anchors[anchor]

    def _enter(self, anchor: Anchor, number: int) -> None:
        for name in STANDS_IN.get(anchor.field, (anchor.field,)):
            self._dictionaries[name].add(anchor.term, number)

    @property
    def rules(self) -> Mapping[str, Rule]:
        return MappingProxyType(self._rules)

    def anchors(self, rule: str) -> frozenset[str]:
        """Terms of which at least one occurs in every dispatch that the rule matches; empty: cannot tell."""
        needs = self._rules[rule].condition.needs
        return frozenset(anchor.term for anchor in needs[0]) if needs else frozenset()

    def match(self, dispatch: Dispatch, scope: frozenset[str]) -> list[Match]:
        """The matches of all rules, in their order.

        scope: names and tags of the sources on whose surfaces the dispatch stands. A rule that fails
        with an error gives a match that says so, so that no dispatch is lost.
        """
        reading = Reading(dispatch, self._vocabulary)
        matches = (
            _judged(rule, reading) for rule in self._asked(reading) if rule.reads(scope, dispatch.language)
        )
        return [found for found in matches if found]

    def candidates(self, dispatch: Dispatch) -> list[Rule]:
        """The rules that have all the words they need in the dispatch, or do not say what they need."""
        return self._asked(Reading(dispatch, self._vocabulary))

    def _asked(self, reading: Reading) -> list[Rule]:
        try:
            found = {_ALWAYS, *self._unanchored}
            for name, dictionary in self._dictionaries.items():
                for passage in reading.field(name):
                    found.update(dictionary.found_in(passage))
        except Exception:  # noqa: BLE001 - a text that cannot be cut into words is shown to every rule
            return self._order
        second = self._second
        places = sorted([number for number in found if number >= 0 and not found.isdisjoint(second[number])])
        return [
            self._order[place] for place in places if not any(map(found.isdisjoint, self._further[place]))
        ]


class _Dictionary(dict[str, Numbers]):
    """The numbers that a term leads to, remembered; and those of a whole passage."""

    def __init__(self) -> None:
        super().__init__()
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._begun: dict[str, list[int]] = defaultdict(list)
        self._lengths: dict[str, list[int]] = defaultdict(list)  # of the beginnings that share a stem

    def add(self, term: str, number: int) -> None:
        if not term.endswith("*"):
            self._whole[term].append(number)
            return
        beginning = term[:-1]
        self._begun[beginning].append(number)
        lengths = self._lengths[beginning[:_STEM]]
        if len(beginning) not in lengths:
            lengths.append(len(beginning))

    def found_in(self, passage: Passage) -> Iterator[int]:
        if passage.is_plain:  # what is known of its pieces says it
            return chain.from_iterable(map(_numbers_of, passage.known))
        return chain.from_iterable(map(self.__getitem__, passage.terms))

    def numbers(self, term: str) -> Numbers:
        found = [*self._whole.get(term, ())]
        for length in self._lengths.get(term[:_STEM], ()):
            if length <= len(term):
                found += self._begun.get(term[:length], ())
        return tuple(found)

    def __missing__(self, term: str) -> Numbers:
        if len(self) >= _KEPT:
            self.clear()
        numbers = self.numbers(term)
        if len(term) <= _LONGEST_KEPT:
            self[term] = numbers
        return numbers


def _judged(rule: Rule, reading: Reading) -> Match | None:
    try:
        return match(rule, reading)
    except Exception as error:  # noqa: BLE001 - whatever fails in one rule, its alert goes out marked
        return Match(rule.id, rule.version, error=f"the rule failed: {type(error).__name__}: {error}")

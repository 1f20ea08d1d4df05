"""Which rules may hold for a dispatch: found by its words, without asking the others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from types import MappingProxyType

from watcher.model import Dispatch, Match
from watcher.rules.match import match
from watcher.rules.passage import Keys
from watcher.rules.reading import Reading
from watcher.rules.rule import Rule

_STEM = 3  # the letters that a beginning ("plenum*") has at least
_KEPT = 100_000
_LONGEST_KEPT = 40


class RuleSet:
    """Rules in force, and the dictionary of the words they need.

    A word leads to numbers: the places of the rules that are looked up by it, and below zero a number
    for every word that rules need besides.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._order = list(self._rules.values())
        self._keys = Keys()
        self._unanchored: list[int] = []
        below_zero = count(-1, -1)
        self._fields: dict[str, _Dictionary] = defaultdict(lambda: _Dictionary(below_zero))
        self._further = [self._add(place, rule) for place, rule in enumerate(self._order)]

    def _add(self, place: int, rule: Rule) -> tuple[frozenset[int], ...]:
        """Enter a rule; what it needs besides its first anchors, as numbers."""
        if rule.status == "off":
            return ()
        if not rule.condition.needs:
            self._unanchored.append(place)
            return ()
        first, *further = rule.condition.needs
        for field, term in first:
            self._fields[field].add(term, place)
        return tuple(frozenset(self._fields[field].number(term) for field, term in need) for need in further)

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
        reading = Reading(dispatch, self._keys)
        matches = (
            _judged(rule, reading)
            for rule in self.candidates(reading)
            if rule.reads(scope, dispatch.language)
        )
        return [found for found in matches if found]

    def candidates(self, reading: Reading) -> list[Rule]:
        """The rules that have all the words they need in the dispatch, or do not say what they need."""
        try:
            found = set(self._unanchored)
            for field, dictionary in self._fields.items():
                for passage in reading.field(field):
                    found.update(chain.from_iterable(map(dictionary.__getitem__, passage.terms)))
        except Exception:  # noqa: BLE001 - a text that cannot be cut into words is shown to every rule
            return self._order
        places = sorted(number for number in found if number >= 0)
        return [
            self._order[place] for place in places if not any(map(found.isdisjoint, self._further[place]))
        ]


class _Dictionary(dict[str, tuple[int, ...]]):
    """The numbers that each word of one field leads to, remembered: news repeats its words."""

    def __init__(self, below_zero: Iterator[int]) -> None:
        super().__init__()
        self._below_zero = below_zero
        self._anchors: dict[str, list[int]] = defaultdict(list)
        self._named: dict[str, int] = {}
        self._beginnings: dict[str, tuple[str, ...]] = {}

    def add(self, term: str, number: int) -> None:
        if term.endswith("*") and term not in self._anchors:
            stem = term[:_STEM]
            self._beginnings[stem] = (*self._beginnings.get(stem, ()), term[:-1])
        self._anchors[term].append(number)

    def number(self, term: str) -> int:
        """The number below zero of a term, the same whenever asked."""
        if term not in self._named:
            self._named[term] = next(self._below_zero)
            self.add(term, self._named[term])
        return self._named[term]

    def __missing__(self, term: str) -> tuple[int, ...]:
        numbers = tuple(self._anchors.get(term, ()))
        beginnings = self._beginnings.get(term[:_STEM])
        if beginnings and term.startswith(beginnings):
            begun = (self._anchors[f"{each}*"] for each in beginnings if term.startswith(each))
            numbers = (*numbers, *chain.from_iterable(begun))
        if len(self) >= _KEPT:
            self.clear()
        if len(term) <= _LONGEST_KEPT:
            self[term] = numbers
        return numbers


def _judged(rule: Rule, reading: Reading) -> Match | None:
    try:
        return match(rule, reading)
    except Exception as error:  # noqa: BLE001 - whatever fails in one rule, its alert goes out marked
        return Match(rule.id, rule.version, error=f"the rule failed: {type(error).__name__}: {error}")

"""Which rules may hold for a dispatch: found by its words, without asking the others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from watcher.model import Dispatch, Match
from watcher.rules.condition import Anchors
from watcher.rules.match import match
from watcher.rules.passage import Keys
from watcher.rules.reading import Reading
from watcher.rules.rule import Rule

_STEM = 3  # the letters that a beginning ("plenum*") has at least


class RuleSet:
    """Rules in force, and the dictionary of their anchors."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._keys = Keys()
        self._order = {name: place for place, name in enumerate(self._rules)}
        self._unanchored: list[Rule] = []
        self._fields: dict[str, _Lookup] = defaultdict(_Lookup)
        for rule in self._rules.values():
            self._add(rule)

    def _add(self, rule: Rule) -> None:
        if rule.status == "off":
            return
        if not rule.condition.anchors:
            self._unanchored.append(rule)
        for field, term in rule.condition.anchors:
            self._fields[field].add(term, rule)

    @property
    def rules(self) -> Mapping[str, Rule]:
        return MappingProxyType(self._rules)

    def anchors(self, rule: str) -> frozenset[str]:
        """Terms of which at least one occurs in every dispatch that the rule matches; empty: cannot tell."""
        found: Anchors = self._rules[rule].condition.anchors
        return frozenset(anchor.term for anchor in found)

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

    def candidates(self, reading: Reading) -> Sequence[Rule]:
        """The rules of which an anchor stands in the dispatch, and those that have none."""
        try:
            found = {id(rule): rule for rule in self._unanchored}
            for field, lookup in self._fields.items():
                for rules in lookup.find(reading.terms(field)):
                    found.update((id(rule), rule) for rule in rules)
        except Exception:  # noqa: BLE001 - a text that cannot be cut into words is shown to every rule
            return list(self._rules.values())
        return sorted(found.values(), key=lambda rule: self._order[rule.id])


class _Lookup:
    """The anchors of one field: words, and beginnings by their first letters."""

    def __init__(self) -> None:
        self._words: dict[str, list[Rule]] = {}
        self._beginnings: dict[str, list[Rule]] = {}
        self._lengths: dict[str, list[int]] = {}

    def add(self, term: str, rule: Rule) -> None:
        if not term.endswith("*"):
            self._words.setdefault(term, []).append(rule)
            return
        beginning = term[:-1]
        self._beginnings.setdefault(beginning, []).append(rule)
        lengths = self._lengths.setdefault(beginning[:_STEM], [])
        if len(beginning) not in lengths:
            lengths.append(len(beginning))

    def find(self, terms: frozenset[str]) -> Iterable[list[Rule]]:
        """The rules of every anchor among the terms."""
        for term in self._words.keys() & terms:
            yield self._words[term]
        if not self._lengths:
            return
        for term in terms:
            for length in self._lengths.get(term[:_STEM], ()):
                rules = self._beginnings.get(term[:length])
                if rules:
                    yield rules


def _judged(rule: Rule, reading: Reading) -> Match | None:
    try:
        return match(rule, reading)
    except Exception as error:  # noqa: BLE001 - whatever fails in one rule, its alert goes out marked
        return Match(rule.id, rule.version, error=f"the rule failed: {type(error).__name__}: {error}")

"""Evaluates one rule on one dispatch: the only place where a rule becomes a match."""

from collections.abc import Iterable, Mapping
from typing import Any

from watcher.model import Evidence, Match
from watcher.rules.reading import Reading
from watcher.rules.rule import Rule
from watcher.rules.term import Hit


def match(rule: Rule, reading: Reading) -> Match | None:
    """The match, with the words that made it and the captured values, or None."""
    hits = rule.condition.holds(reading)
    if hits is None:
        return None
    return Match(rule.id, rule.version, evidence(hits), _captured(rule.capture, reading))


def evidence(hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    """Each place once, the headline's first, in the order of the text."""
    found = dict.fromkeys(hit.evidence() for hit in hits)
    return tuple(sorted(found, key=lambda each: (each.field != "headline", each.field, each.start, each.end)))


def _captured(capture: Mapping[str, Any], reading: Reading) -> Mapping[str, str]:
    """The first group of each pattern, from the headline or else the body; what is not found is left out."""
    found: dict[str, str] = {}
    for name, pattern in capture.items():
        for passage in (reading.headline, reading.body):
            place = pattern.search(passage.plain)
            if place:
                value = place.group(1) if pattern.groups else place.group(0)
                found[name] = (value or "").strip()
                break
    return {name: value for name, value in found.items() if value}

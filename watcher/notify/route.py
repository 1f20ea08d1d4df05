"""Which channels an alert goes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.model import Alert, Severity

ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """One [[routes]] of config.toml. An empty set means any; `continue = true` is `continues`.

    severity: at least. sources: names or tags of sources. tags: the rule's.
    """

    channels: tuple[str, ...]
    severity: Severity = Severity.LOW
    rules: frozenset[str] = ANY
    sources: frozenset[str] = ANY
    tags: frozenset[str] = ANY
    continues: bool = False


def channels_for(  # noqa: PLR0917 - each part of an alert that a route can look at
    alert: Alert,
    rule_tags: frozenset[str],
    source_names: frozenset[str],
    source_tags: frozenset[str],
    notify: tuple[str, ...],
    routes: Sequence[Route],
) -> tuple[str, ...]:
    """The names of the channels for this alert, each once, in the order written.

    A rule's own `notify` overrides the routes. Otherwise the first route that takes the alert decides,
    and while a route `continues`, the next one that takes it adds its channels.
    """
    names = list(notify)
    for route in () if notify else routes:
        if _takes(route, alert, rule_tags, source_names | source_tags):
            names.extend(route.channels)
            if not route.continues:
                break
    return tuple(dict.fromkeys(names))


def catches_all(route: Route) -> bool:
    """Does every alert that reaches this route go somewhere?"""
    unconditional = not (route.rules or route.sources or route.tags)
    return unconditional and route.severity is Severity.LOW and bool(route.channels)


def _takes(route: Route, alert: Alert, rule_tags: frozenset[str], sources: frozenset[str]) -> bool:
    conditions = (
        (route.rules, frozenset({alert.match.rule})),
        (route.sources, sources),
        (route.tags, rule_tags),
    )
    return alert.severity >= route.severity and all(
        not wanted or not wanted.isdisjoint(found) for wanted, found in conditions
    )

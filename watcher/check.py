"""Everything that can be wrong with a configuration and its rules, found without changing anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watcher.config import Settings, check_channels, look_over
from watcher.errors import ConfigError, Problem
from watcher.rules.load import Loaded
from watcher.rules.load import load as load_rules
from watcher.times import many


@dataclass(frozen=True, slots=True)
class Findings:
    """Every problem, warnings among them; and in a sentence what was looked at."""

    problems: tuple[Problem, ...]
    summary: str = ""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.warning)


def check(path: Path) -> Findings:
    """Look over a configuration, where its channels lead, and the rules with their own tests."""
    try:
        settings, problems = look_over(path)
    except ConfigError as error:
        return Findings(error.problems)
    problems += [each for each in check_channels(settings) if each not in problems]
    try:
        loaded = load_rules(settings.rules)
    except ConfigError as error:
        return Findings((*problems, *error.problems))
    problems += [*loaded.problems, *_unknown_names(settings, loaded), *_without_rules(settings, loaded)]
    return Findings(tuple(problems), _summary(settings, loaded))


def _without_rules(settings: Settings, loaded: Loaded) -> Iterator[Problem]:
    if not loaded.rules and not loaded.problems:
        text = "there is no rule in this folder, so nothing will alert; rules are files that end in .yaml"
        yield Problem(str(settings.rules), 0, 0, text, warning=True)


def _unknown_names(settings: Settings, loaded: Loaded) -> Iterator[Problem]:
    """Rules that routes name and that are not there; sources and channels that rules name."""
    ids = {rule.id for rule in loaded.rules}
    for route in settings.routes:
        for name in sorted(route.rules - ids):
            text = f'[[routes]] rules: there is no rule "{name}"; write the id of a rule in {settings.rules}'
            yield Problem(str(settings.path), 0, 0, text, warning=True)
    sources = settings.sources.keys() | frozenset[str]().union(
        *(each.tags for each in settings.sources.values())
    )
    for rule in loaded.rules:
        for name in sorted(rule.sources - sources):
            text = f'rule {rule.id} is for "{name}", and no source has that name or tag'
            yield Problem(rule.text.path, 0, 0, text, warning=True)
        for name in rule.notify:
            if name not in settings.channels:
                text = f'rule {rule.id} notifies "{name}", which is no channel; the routes decide instead'
                yield Problem(rule.text.path, 0, 0, text, warning=True)


def _summary(settings: Settings, loaded: Loaded) -> str:
    counted = (many(len(settings.sources), "source"), many(len(settings.channels), "channel"))
    return f"All well: {', '.join(counted)}, {many(len(loaded.rules), 'rule')} with passing tests."

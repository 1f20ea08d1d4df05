"""Which rules are in force: those that loaded, and the last good version of those that did not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.errors import ConfigError, Problem
from watcher.model import Dispatch, Event, Match, RuleText, Source
from watcher.rules.index import RuleSet
from watcher.rules.load import Loaded, load, revive
from watcher.rules.rule import Rule
from watcher.store import Store, Transaction, alerts, dispatches, rules

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules in force, and everything that is wrong with the files they were read from."""

    rules: RuleSet
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.warning)


def put_in_force(store: Store, folder: Path, sources: Mapping[str, Source], now: datetime) -> Rulebook:
    """Load the rules and make the database agree; what fails to load stays as it was.

    A rule that is new or changed is first held against the archive in silence: what it matches there
    is known, and raises no alert later. A folder that cannot be read changes nothing.
    """
    with store.read() as tx:
        before = {text.id: text for text in rules.in_force(tx)}
    try:
        loaded = load(folder)
    except ConfigError as error:
        return Rulebook(RuleSet(_revived(before.values())), error.problems)
    kept = _kept(loaded, before)
    book = RuleSet([*loaded.rules, *kept])
    changed = [rule for rule in loaded.rules if _is_changed(rule, before)]
    retired = before.keys() - book.rules.keys()
    if changed or retired:
        with store.write() as tx:
            _recognise(tx, changed, sources, now)
            rules.put_in_force(tx, [rule.text for rule in changed], retired, now)
    return Rulebook(book, loaded.problems)


def _is_changed(rule: Rule, before: Mapping[str, RuleText]) -> bool:
    return rule.id not in before or before[rule.id].version != rule.version


def _kept(loaded: Loaded, before: Mapping[str, RuleText]) -> list[Rule]:
    """The last good versions of rules whose file has errors."""
    ids = {rule.id for rule in loaded.rules}
    return _revived(
        text for text in before.values() if text.path in loaded.broken_paths and text.id not in ids
    )


def _revived(texts: Iterable[RuleText]) -> list[Rule]:
    return [revive(text) for text in texts]


def _recognise(
    tx: Transaction, changed: Sequence[Rule], sources: Mapping[str, Source], now: datetime
) -> None:
    """Record what changed rules match in the archive as known."""
    if not changed:
        return
    changed_rules = RuleSet(changed)
    for batch in dispatches.every(tx, _BATCH):
        found: list[tuple[Match, Dispatch]] = []
        for dispatch in batch:
            names = frozenset(surface.source for surface in dispatch.surfaces)
            tags = (sources[name].tags for name in names if name in sources)
            scope = names.union(*tags)
            found += [(match, dispatch) for match in changed_rules.match(dispatch, scope)]
        alerts.record_known(tx, found, Event.NEW, now)

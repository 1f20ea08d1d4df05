"""Which rules are in force: those that loaded, and the last good version of those that did not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.errors import ConfigError, Problem
from watcher.model import Dispatch, Event, RuleText, Source
from watcher.rules.index import RuleSet
from watcher.rules.load import Loaded, load, revive
from watcher.rules.rule import Rule
from watcher.store import Store, alerts, dispatches, rules

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules in force, and everything that is wrong with the files they were read from."""

    rules: RuleSet
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.warning)


def put_in_force(
    store: Store,
    folder: Path,
    sources: Mapping[str, Source],
    now: datetime,
    new_tags: frozenset[str] = frozenset(),
) -> Rulebook:
    """Load the rules and make the database agree; what fails to load stays as it was.

    A rule that is new or changed, or reaches further by `new_tags` of sources, is first held against the
    archive in silence: what it matches there is known, and raises no alert later. A folder that cannot
    be read, or holds no rule any more (a disk that is not mounted), changes nothing.
    """
    with store.read() as tx:
        before = {text.id: text for text in rules.in_force(tx)}
    try:
        loaded = load(folder)
    except ConfigError as error:
        kept, lost = _revived(before.values())
        return Rulebook(RuleSet(kept), (*error.problems, *lost))
    if before and not loaded.rules and not loaded.problems:
        kept, lost = _revived(before.values())
        return Rulebook(RuleSet(kept), (_emptied(folder, len(before)), *lost))
    kept, lost = _revived(_left_behind(loaded, before))
    book = RuleSet([*loaded.rules, *kept])
    changed = [rule for rule in loaded.rules if _is_changed(rule, before)]
    retired = before.keys() - book.rules.keys()
    reaching = [rule for rule in book.rules.values() if rule in changed or rule.sources & new_tags]
    if reaching:
        _recognise(store, RuleSet(reaching), sources, now)
    if changed or retired:
        with store.write() as tx:
            rules.put_in_force(tx, [rule.text for rule in changed], retired, now)
    return Rulebook(book, (*loaded.problems, *lost))


def _emptied(folder: Path, count: int) -> Problem:
    text = f"there is no rule in this folder; the {count} in force stay so (to end a rule, write status: off)"
    return Problem(str(folder), 0, 0, text)


def _is_changed(rule: Rule, before: Mapping[str, RuleText]) -> bool:
    return rule.id not in before or before[rule.id].version != rule.version


def _left_behind(loaded: Loaded, before: Mapping[str, RuleText]) -> list[RuleText]:
    """The rules that did not load while any file has errors: one of them may be theirs by now."""
    ids = {rule.id for rule in loaded.rules}
    return [text for text in before.values() if loaded.broken_paths and text.id not in ids]


def _revived(texts: Iterable[RuleText]) -> tuple[list[Rule], list[Problem]]:
    """The rules that the database keeps; a later watcher may not be able to read them all."""
    revived: list[Rule] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            revived.append(revive(text))
        except ConfigError as error:
            problems += error.problems
    return revived, problems


def _recognise(store: Store, changed: RuleSet, sources: Mapping[str, Source], now: datetime) -> None:
    """Record what changed rules match in the archive as known: bit by bit, others want to write too."""
    with store.read() as reading:
        for batch in dispatches.every(reading, _BATCH):
            found = [(match, each) for each in batch for match in changed.match(each, _scope(each, sources))]
            if found:
                with store.write() as tx:
                    alerts.record_known(tx, found, Event.NEW, now)


def _scope(dispatch: Dispatch, sources: Mapping[str, Source]) -> frozenset[str]:
    names = frozenset(surface.source for surface in dispatch.surfaces)
    return names.union(*(sources[name].tags for name in names if name in sources))

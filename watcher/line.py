"""What a run of the straight line works with: its store, its seams to the outside, and what is in force."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from watcher.errors import Problem
from watcher.model import Listing, Message, Response, Source, Target
from watcher.notify.route import Route
from watcher.rules.index import RuleSet
from watcher.store import Store

Fetch = Callable[[Source], Awaitable[Response]]
Parse = Callable[[Source, Response, frozenset[str]], Awaitable[Listing]]
Send = Callable[[Message], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """fetch raises FetchError, parse ParseError, send NotifyError.

    targets: of each channel, with the ids of the store. operator: the channels that hear of what is
    broken. faults: of the rule files; the last good versions of what they hold are in force.
    is_backfill: a first poll is news too, on purpose.
    """

    store: Store
    fetch: Fetch
    parse: Parse
    send: Send
    rules: RuleSet
    sources: Mapping[str, Source]
    targets: Mapping[str, tuple[Target, ...]]
    routes: tuple[Route, ...]
    operator: tuple[str, ...] = ()
    zone: tzinfo = UTC
    faults: tuple[Problem, ...] = ()
    is_backfill: bool = False
    targets_by_id: Mapping[int, Target] = field(init=False)

    def __post_init__(self) -> None:
        by_id = {target.id: target for targets in self.targets.values() for target in targets}
        object.__setattr__(self, "targets_by_id", by_id)

    def scope(self, names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """The names of sources, and the tags of those that are configured."""
        tags = (self.sources[name].tags for name in names if name in self.sources)
        return names, frozenset[str]().union(*tags)

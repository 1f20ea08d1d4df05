"""One round: poll every source now, deliver what is due, and sum it up."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from watcher.config import Settings
from watcher.errors import Problem
from watcher.line import Line
from watcher.log import Log
from watcher.model import Source, Status
from watcher.pipeline import Clock, Poll, Sent, deliver
from watcher.service.assemble import assembled
from watcher.service.poller import Poller
from watcher.store import Store, outbox, sources


@dataclass(slots=True)
class Round:
    """What a round brought.

    paused: sources that were not asked (410, Retry-After). pending, dead: of the outbox, when it ends.
    stranded: messages whose recipient no channel has any more. faults: of the rule files.
    """

    polls: list[Poll] = field(default_factory=list)
    paused: list[Source] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    stranded: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    dead: int = 0
    faults: tuple[Problem, ...] = ()

    @property
    def failed(self) -> list[Poll]:
        return [poll for poll in self.polls if poll.error]

    @property
    def is_well(self) -> bool:
        """Did every source answer, and every channel take what it was given?"""
        return not (self.failed or self.paused or self.sent.answers or self.stranded)


async def run_once(
    settings: Settings,
    clock: Clock,
    log: Log,
    *,
    is_backfill: bool = False,
    watch: Callable[[Poll | None, int], None] = lambda _poll, _total: None,
) -> Round:
    """Poll every enabled source, match, deliver what is due.

    watch hears of each poll and how many there are in all, once before the first. Raises ConfigError,
    StoreError, and BusyError where another watcher is at work.
    """
    store = Store.open(settings.database, settings.path.parent)
    try:
        with store.hold("watcher once"):
            store.check()
            async with assembled(settings, store, clock) as line:
                return await round_of(replace(line, is_backfill=is_backfill), clock, log, watch)
    finally:
        store.close()


async def round_of(
    line: Line, clock: Clock, log: Log, watch: Callable[[Poll | None, int], None] = lambda _poll, _total: None
) -> Round:
    """Poll all that may be polled now, and deliver until nothing is due."""
    done = Round(faults=line.faults)
    due = await asyncio.to_thread(_claim_all, line, clock)
    watch(None, len(due))

    def note(poll: Poll) -> None:
        done.polls.append(poll)
        watch(poll, len(due))

    poller = Poller(clock, log, note)
    poller.start(line, due)
    await poller.finish(line)
    done.sent = await deliver(lambda: line, clock)
    with line.store.read() as tx:
        counts = outbox.counts(tx)
        done.stranded = outbox.stranded(tx, line.targets_by_id.keys())
        polled = {source.name for source in due}
        done.paused = [
            source
            for source in sources.listing(tx, line.sources)
            if source.enabled and source.name not in polled
        ]
    done.pending, done.dead = counts[Status.PENDING], counts[Status.DEAD]
    return done


def _claim_all(line: Line, clock: Clock) -> list[Source]:
    with line.store.write() as tx:
        return sources.claim_all(tx, line.sources, clock())

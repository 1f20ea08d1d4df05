"""Polls many sources side by side, and keeps the bookkeeping of those that brought nothing together."""

import asyncio
import random
from collections.abc import Callable, Collection, Iterable
from functools import partial

from watcher.errors import SourceError, StoreError, WatcherError
from watcher.ingest import schedule
from watcher.line import Line
from watcher.log import Log
from watcher.model import Source
from watcher.pipeline import Clock, Poll, ingest, save

_SAVED_AT_ONCE = 200


async def let_end(tasks: Collection[asyncio.Task[None]], timeout: float | None) -> None:
    """Wait for these tasks, and drop those that have not ended in `timeout` seconds.

    Raises what the first of them raised that failed.
    """
    if tasks:
        ended, late = await asyncio.wait(tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        errors = [error for task in ended if (error := task.exception())]
        if errors:
            raise errors[0]


class Poller:
    """The polls on their way, each a task. The fetcher limits how many ask the net at once.

    on_poll hears of each poll that is over.
    """

    def __init__(self, clock: Clock, log: Log, on_poll: Callable[[Poll], None] = lambda _: None) -> None:
        self._clock = clock
        self._log = log
        self._on_poll = on_poll
        self._running: dict[str, asyncio.Task[None]] = {}
        self._unsaved: list[Poll] = []

    @property
    def running(self) -> int:
        """How many polls are on their way."""
        return len(self._running)

    def start(self, line: Line, sources: Iterable[Source]) -> None:
        """Poll each of these sources, by this line, but for those whose last poll is still on its way."""
        for source in sources:
            if source.name not in self._running:
                task = asyncio.create_task(self._poll(line, source))
                self._running[source.name] = task
                task.add_done_callback(partial(self._forget, source.name))

    async def flush(self, line: Line) -> None:
        """Save what is not saved yet. It is no news: if that fails it is logged, and lost."""
        unsaved, self._unsaved = self._unsaved, []
        try:
            await asyncio.to_thread(save, line, unsaved, self._clock())
        except StoreError as error:
            self._log.error("polls could not be recorded", polls=len(unsaved), error=str(error))

    async def finish(self, line: Line, timeout: float | None = None) -> None:
        """Wait for the polls on their way, drop those not done in `timeout` seconds, and save.

        A poll that is dropped has stored nothing, and its source falls due again.
        """
        await let_end(self._running.values(), timeout)
        await self.flush(line)

    def _forget(self, name: str, _: asyncio.Task[None]) -> None:
        del self._running[name]

    async def _poll(self, line: Line, source: Source) -> None:
        poll = await self._safe_poll(line, source)
        _log_poll(self._log, poll)
        self._on_poll(poll)
        if not poll.is_saved:
            self._unsaved.append(poll)
            if len(self._unsaved) >= _SAVED_AT_ONCE:
                await self.flush(line)

    async def _safe_poll(self, line: Line, source: Source) -> Poll:
        """A poll that fails by itself: the database refused, or a bug. Nothing of it was stored."""
        try:
            return await ingest(line, source, self._clock)
        except WatcherError as refused:
            reason = str(refused)
        except Exception as bug:  # noqa: BLE001 - one source's bug must not stop the others
            self._log.exception("a poll failed by a bug in watcher", source=source.name)
            reason = f"watcher failed on it ({type(bug).__name__}); please report the traceback in its log"
        error = SourceError(source.name, reason)
        return Poll(source, schedule.failed(source, error, self._clock(), random.random()))


def _log_poll(log: Log, poll: Poll) -> None:
    name = poll.after.name
    if poll.error:
        log.warning("poll failed", source=name, failures=poll.after.failures, error=poll.error)
    elif poll.is_baseline and poll.new:
        log.info("first poll, stored without alerts", source=name, dispatches=poll.new)
    elif poll.new or poll.edited or poll.alerts:
        log.info("polled", source=name, new=poll.new, edited=poll.edited, alerts=poll.alerts)
    else:
        log.debug("polled", source=name, new=0)
    if poll.after.warning and poll.after.warning != poll.before.warning:
        log.warning("source warns", source=name, warning=poll.after.warning)

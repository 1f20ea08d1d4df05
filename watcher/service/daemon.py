"""The daemon: APScheduler runs a few short jobs, signals reload it or end it."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import notices
from watcher.config import Settings, load
from watcher.errors import ConfigError, WatcherError
from watcher.line import Line
from watcher.log import Log
from watcher.model import Source
from watcher.pipeline import Clock, deliver
from watcher.service.assemble import assembled, build
from watcher.service.poller import Poller
from watcher.store import Store, sources

POLLS_AT_ONCE = 200  # on their way; the fetcher lets fewer ask the net at once
FINISH_WITHIN = timedelta(seconds=20)  # of the 30 seconds that a service manager gives
_TICK = 1  # second


async def run_daemon(settings: Settings, clock: Clock, log: Log) -> None:
    """Poll and deliver what is due until SIGTERM or SIGINT; SIGHUP reloads.

    Raises ConfigError, StoreError, and BusyError where another watcher is at work.
    """
    store = Store.open(settings.database, settings.path.parent)
    try:
        with store.hold("watcher run"):
            store.check()
            async with assembled(settings, store, clock) as line:
                await Daemon(line, settings.path, clock, log).run()
    finally:
        store.close()


class Daemon:
    """The line in force, and the jobs that work it."""

    def __init__(self, line: Line, config: Path, clock: Clock, log: Log) -> None:
        self._line = line
        self._config = config
        self._clock = clock
        self._log = log
        self._poller = Poller(clock, log)
        self._delivering = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until told to stop, then finish what is on its way."""
        with self._signals():
            scheduler = self._scheduler()
            scheduler.start()
            watched = sum(source.enabled for source in self._line.sources.values())
            self._log.info("watching", sources=watched, rules=len(self._line.rules.rules))
            await self._stopping.wait()
            self._log.info("stopping", polls_on_their_way=self._poller.running)
            scheduler.pause()
            await self._finish()
            scheduler.shutdown(wait=False)
        self._log.info("stopped")

    def _scheduler(self) -> AsyncIOScheduler:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job that is still at work is no trouble
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job in (self._poll_due, self._deliver_due):
            scheduler.add_job(
                self._guarded,
                "interval",
                args=[job],
                seconds=_TICK,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),
            )
        return scheduler

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = loop.create_task(self._guarded(self._reload))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        handlers = {
            signal.SIGTERM: self._stopping.set,
            signal.SIGINT: self._stopping.set,
            signal.SIGHUP: reload,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job; whatever goes wrong in it is logged, and the daemon lives."""
        try:
            await job()
        except WatcherError as error:
            self._log.error("a job failed and is tried again", error=str(error))
        except Exception:  # noqa: BLE001 - a bug in one job must not end the others
            self._log.exception("a job failed by a bug in watcher, and is tried again")

    async def _poll_due(self) -> None:
        line = self._line
        room = POLLS_AT_ONCE - self._poller.running
        if room > 0 and not self._stopping.is_set():
            self._poller.start(line, await asyncio.to_thread(_claim_due, line, self._clock(), room))
        await self._poller.flush(line)

    async def _deliver_due(self) -> None:
        line = self._line
        async with self._delivering:
            sent = await deliver(line, self._clock, is_wanted=lambda: self._is_in_force(line))
        if sent.sent or sent.answers:
            self._log.info("delivered", sent=sent.sent, later=sent.later, dead=sent.dead)
        for answer in sent.answers:
            self._log.warning("not accepted", answer=answer)

    def _is_in_force(self, line: Line) -> bool:
        return line is self._line and not self._stopping.is_set()

    async def _finish(self) -> None:
        """Let polls and messages on their way come to an end, or drop them safely."""
        deadline = FINISH_WITHIN.total_seconds()
        await asyncio.gather(
            self._poller.finish(self._line, deadline),
            asyncio.wait_for(self._delivering.acquire(), deadline),
            return_exceptions=True,
        )

    async def _reload(self) -> None:
        """Go by the configuration and the rules as they are now; if they cannot be, stay with the last."""
        line, now = self._line, self._clock()
        try:
            settings = await asyncio.to_thread(load, self._config)
            seams = (line.fetch, line.parse, line.send)
            self._line = await asyncio.to_thread(build, settings, line.store, seams, now)
        except ConfigError as error:
            self._log.error("not reloaded: the last good configuration stays", error=str(error))
            await asyncio.to_thread(_tell_of_reload, line, str(error), now)
        else:
            self._log.info("reloaded", sources=len(settings.sources), rules=len(self._line.rules.rules))


def _claim_due(line: Line, now: datetime, room: int) -> list[Source]:
    with line.store.write() as tx:
        return sources.claim_due(tx, line.sources, now, room)


def _tell_of_reload(line: Line, problems: str, now: datetime) -> None:
    with line.store.write() as tx:
        notices.tell_of_reload(tx, line, problems, now)

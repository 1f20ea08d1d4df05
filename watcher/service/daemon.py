"""The daemon: APScheduler runs a few short jobs, signals reload it or end it."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import notices
from watcher.config import Settings, load
from watcher.errors import ConfigError, Problem, StoreError, WatcherError
from watcher.line import Line
from watcher.log import Log
from watcher.model import Source
from watcher.pipeline import Clock, deliver
from watcher.service.assemble import assembled, build
from watcher.service.poller import Poller, let_end
from watcher.store import Store, sources

POLLS_AT_ONCE = 1000  # on their way, most of them waiting for their turn to ask the net
FINISH_WITHIN = timedelta(seconds=20)  # of the 30 seconds that a service manager gives
_TICK = 1  # second

Job = Callable[[], Coroutine[Any, Any, None]]


async def run_daemon(settings: Settings, clock: Clock, log: Log) -> None:
    """Poll and deliver what is due until SIGTERM or SIGINT; SIGHUP reloads.

    Raises ConfigError, StoreError, and BusyError where another watcher is at work.
    """
    with _signals() as asked:
        store = Store.open(settings.database, settings.path.parent)
        try:
            with store.hold("watcher run"):
                store.check()
                async with assembled(settings, store, clock) as line:
                    await Daemon(line, settings, clock, log, asked).run()
        finally:
            store.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """What signals ask of the daemon."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def _signals() -> Iterator[Asked]:
    """Listen to signals, from before there is anything to do: SIGHUP would end a process that is starting."""
    asked, loop = Asked(), asyncio.get_running_loop()
    answers = {
        signal.SIGTERM: asked.stop.set,
        signal.SIGINT: asked.stop.set,
        signal.SIGHUP: asked.reload.set,
    }
    for number, answer in answers.items():
        loop.add_signal_handler(number, answer)
    try:
        yield asked
    finally:
        for number in answers:
            loop.remove_signal_handler(number)


class Daemon:
    """The line in force, and the jobs that work it."""

    def __init__(self, line: Line, settings: Settings, clock: Clock, log: Log, asked: Asked) -> None:
        self._line = line
        self._settings = settings
        self._clock = clock
        self._log = log
        self._asked = asked
        self._poller = Poller(clock, log)
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._troubles: dict[str, str] = {}

    async def run(self) -> None:
        """Work until told to stop, then finish what is on its way."""
        scheduler = self._scheduler()
        scheduler.start()
        self._log_line("watching")
        await self._asked.stop.wait()
        self._log.info("stopping", polls_on_their_way=self._poller.running)
        scheduler.shutdown(wait=False)
        await self._finish()
        self._log.info("stopped")

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job in (self._poll_due, self._deliver_due):
            scheduler.add_job(
                self._begin,
                "interval",
                args=[job],
                seconds=_TICK,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),
            )
        return scheduler

    async def _begin(self, job: Job) -> None:
        """Set a job to work, unless it is at work still. A task of our own can be ended well."""
        name = job.__name__
        if name not in self._at_work and not self._asked.stop.is_set():
            task = self._at_work[name] = asyncio.create_task(self._guarded(job))
            task.add_done_callback(lambda _: self._at_work.pop(name))

    async def _guarded(self, job: Job) -> None:
        """Run a job; whatever goes wrong in it is logged, and the daemon lives."""
        trouble = ""
        try:
            await job()
        except WatcherError as error:
            trouble = str(error)
            if trouble != self._troubles.get(job.__name__):  # it is tried every second, and said once
                self._log.error("a job failed and is tried again", error=trouble)
        except Exception:  # noqa: BLE001 - a bug in one job must not end the others
            self._log.exception("a job failed by a bug in watcher, and is tried again")
        self._troubles[job.__name__] = trouble

    async def _poll_due(self) -> None:
        if self._asked.reload.is_set():
            await self._reload()
        line = self._line
        room = POLLS_AT_ONCE - self._poller.running
        if room > 0 and not self._asked.stop.is_set():
            due = await asyncio.to_thread(_claim_due, line, self._clock(), room)
            if not self._asked.stop.is_set():
                self._poller.start(line, due)
        await self._poller.flush(line)

    async def _deliver_due(self) -> None:
        sent = await deliver(self._line_in_force, self._clock)
        if sent.sent or sent.answers:
            self._log.info("delivered", sent=sent.sent, later=sent.later, dead=sent.dead)
        for answer in sent.answers:
            self._log.warning("not accepted", answer=answer)

    def _line_in_force(self) -> Line | None:
        return None if self._asked.stop.is_set() else self._line

    async def _finish(self) -> None:
        """Let polls and messages on their way come to an end, or drop them safely."""
        seconds = FINISH_WITHIN.total_seconds()
        await asyncio.gather(
            self._poller.finish(self._line, seconds), let_end(self._at_work.values(), seconds)
        )

    async def _reload(self) -> None:
        """Go by the configuration and the rules as they are now; if they cannot be, stay with the last.

        Polls on their way end before: what they bring is news to the old rules, and archive to the new ones.
        """
        self._asked.reload.clear()
        line, now = self._line, self._clock()
        try:
            settings = await asyncio.to_thread(self._settings_now)
            await self._poller.finish(line, FINISH_WITHIN.total_seconds())
            seams = (line.fetch, line.parse, line.send)
            self._line = await asyncio.to_thread(build, settings, line.store, seams, now)
        except ConfigError as error:
            self._log.error("not reloaded: the last good configuration stays", error=str(error))
            await asyncio.to_thread(_tell_of_reload, line, str(error), now)
        except StoreError:
            self._asked.reload.set()  # it is owed still
            raise
        else:
            self._settings = settings
            self._log_line("reloaded")

    def _settings_now(self) -> Settings:
        settings = load(self._settings.path)
        if settings.database != self._settings.database:
            text = "a reload cannot change [watcher] database; restart watcher to use the other one"
            raise ConfigError([Problem(str(settings.path), 0, 0, text)])
        return settings

    def _log_line(self, event: str) -> None:
        watched = sum(source.enabled for source in self._line.sources.values())
        self._log.info(event, sources=watched, rules=len(self._line.rules.rules))
        for fault in self._line.faults:
            self._log.error("a rule file is wrong, the last good versions stay", error=str(fault))


def _claim_due(line: Line, now: datetime, room: int) -> list[Source]:
    with line.store.write() as tx:
        return sources.claim_due(tx, line.sources, now, room)


def _tell_of_reload(line: Line, problems: str, now: datetime) -> None:
    with line.store.write() as tx:
        notices.tell_of_reload(tx, line, problems, now)

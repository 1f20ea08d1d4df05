"""Puts a straight line together from settings: the fetcher, the workers, the rules and routes in force."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from watcher import notices, rulebook
from watcher.config import Settings, check_channels
from watcher.errors import ConfigError
from watcher.ingest.fetch import Fetcher
from watcher.ingest.parse import PARSE_MEMORY, parse_in
from watcher.line import Fetch, Line, Parse, Send
from watcher.model import Target
from watcher.notify.send import Sender
from watcher.notify.targets import targets
from watcher.pipeline import Clock
from watcher.store import Store, Transaction, outbox, sources
from watcher.store.heirs import inherit
from watcher.workers import Workers

_PARSING_PROCESSES = 2


@asynccontextmanager
async def assembled(
    settings: Settings, store: Store, clock: Clock, send: Send | None = None
) -> AsyncIterator[Line]:
    """A line that works until the block ends; this process must hold the store.

    send: what delivers messages instead of Apprise in worker processes. Raises ConfigError.
    """
    workers, sender = Workers(_PARSING_PROCESSES, PARSE_MEMORY), Sender()
    try:
        async with Fetcher() as fetcher:
            with store.write() as tx:
                outbox.release(tx, clock())
                sources.release(tx, clock())
            seams = (fetcher.fetch, partial(parse_in, workers), send or sender)
            yield await asyncio.to_thread(build, settings, store, seams, clock())
    finally:
        await asyncio.to_thread(sender.close)
        await asyncio.to_thread(workers.close)


def build(settings: Settings, store: Store, seams: tuple[Fetch, Parse, Send], now: datetime) -> Line:
    """A line by these settings. The database is made to agree: sources, rules in force, targets.

    Raises ConfigError for channels that cannot work; rules with mistakes leave their last good version
    in force, and the operator is told.
    """
    problems = [problem for problem in check_channels(settings) if not problem.warning]
    if problems:
        raise ConfigError(problems)
    with store.read() as tx:
        new_tags = sources.new_tags(tx, settings.sources)
    book = rulebook.put_in_force(store, settings.rules, settings.sources, now, new_tags)
    wanted = {name: targets(channel) for name, channel in settings.channels.items()}
    fetch, parse_, send = seams
    with store.write() as tx:
        sources.sync(tx, settings.sources.values(), now)
        line = Line(
            store=store,
            fetch=fetch,
            parse=parse_,
            send=send,
            rules=book.rules,
            sources=settings.sources,
            targets={name: _known_targets(tx, name, each) for name, each in wanted.items()},
            routes=settings.routes,
            operator=settings.operator,
            zone=settings.timezone,
            faults=book.errors,
        )
        notices.tell_of_stranded(tx, line, now)
        if line.faults:
            notices.tell_of_rules(tx, line, line.faults, now)
    return line


def _known_targets(tx: Transaction, channel: str, wanted: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of a channel with their ids. They take over what waits for those it had before."""
    known = outbox.ensure_targets(tx, wanted)
    inherit(tx, channel, known)
    return tuple(known)

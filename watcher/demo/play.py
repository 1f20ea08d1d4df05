"""Plays the days of the sample feeds through the whole line, from HTTP to the words of an alert."""

import asyncio
import logging
import math
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher import config, shipped
from watcher.demo.site import Site, served
from watcher.log import open_log
from watcher.model import Message
from watcher.pipeline import Poll
from watcher.service.assemble import assembled
from watcher.service.once import round_of
from watcher.store import Store

PYONGYANG = ZoneInfo("Asia/Pyongyang")
START = datetime(2026, 6, 20, 18, 0, tzinfo=PYONGYANG)  # what is out by then is the baseline
_EVERY = timedelta(minutes=10)

_CONFIG = """
[watcher]
database = "sqlite:///demo.db"
rules = "{rules}"
timezone = "Asia/Pyongyang"
{sources}
[channels.terminal]
url = "json://localhost"
allow_private = true
"""
_SOURCE = """
[sources.{name}]
url = "{url}"
outlet = "{outlet}"
timezone = "Asia/Pyongyang"
allow_private = true
"""


def play(show_poll: Callable[[datetime, Poll], None], show_message: Callable[[Message], None]) -> None:
    """Poll the sample feeds as if every ten minutes, in a folder that is gone afterwards.

    show_poll hears of each poll that found something, show_message of each message when it is delivered.
    """
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as folder:
        asyncio.run(_play(Path(folder), show_poll, show_message))


async def _play(
    folder: Path, show_poll: Callable[[datetime, Poll], None], show_message: Callable[[Message], None]
) -> None:
    async def send(message: Message) -> str:
        show_message(message)
        return "shown"

    def watch(poll: Poll | None, _total: int) -> None:
        if poll and (poll.new or poll.error):
            show_poll(site.moment, poll)

    def clock() -> datetime:
        return site.moment

    log = open_log(level=logging.CRITICAL)
    with served(Site(shipped.root() / "seeds", START)) as site:
        settings = config.load(_write_config(folder, site))
        store = Store.open(settings.database)
        try:
            async with assembled(settings, store, clock, send) as line:
                for moment in [START, *_moments(site)]:
                    site.moment = moment
                    await round_of(line, clock, log, watch)
        finally:
            store.close()


def _moments(site: Site) -> list[datetime]:
    """When a poll every ten minutes would find something new."""
    polls = {START + _EVERY * math.ceil((instant - START) / _EVERY) for instant in site.instants}
    return sorted(moment for moment in polls if moment > START)


def _write_config(folder: Path, site: Site) -> Path:
    sources = "".join(_source(Path(path).stem, site.url + path) for path in site.paths)
    path = folder / "config.toml"
    path.write_text(_CONFIG.format(rules=shipped.root() / "rules", sources=sources), encoding="utf-8")
    return path


def _source(name: str, url: str) -> str:
    return _SOURCE.format(name=name, url=url, outlet=f"{name.partition('-')[0]}.example")

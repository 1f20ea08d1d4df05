"""Plays the days of the sample feeds through the whole line, from HTTP to the words of an alert."""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher import config, shipped
from watcher.demo.site import Site, served
from watcher.log import open_log
from watcher.model import Message
from watcher.service.assemble import assembled
from watcher.service.once import Round, round_of
from watcher.store import Store

PYONGYANG = ZoneInfo("Asia/Pyongyang")
FIRST_DAY, DAYS = date(2026, 6, 20), 5
_ROUNDS = (time(9, 30), time(12), time(18, 30))

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
outlet = "{name}.example"
timezone = "Asia/Pyongyang"
allow_private = true
"""


def play(show_round: Callable[[datetime, Round], None], show_alert: Callable[[Message], None]) -> None:
    """Poll the sample feeds three times a day, in a folder of its own that is gone afterwards.

    show_alert hears of each message when it is delivered, show_round of each round when it is over.
    """
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as folder:
        asyncio.run(_play(Path(folder), show_round, show_alert))


async def _play(
    folder: Path, show_round: Callable[[datetime, Round], None], show_alert: Callable[[Message], None]
) -> None:
    moments = list(_moments())
    with served(Site(shipped.root() / "seeds", moments[0])) as site:
        settings = config.load(_write_config(folder, site))
        store = Store.open(settings.database)

        async def send(message: Message) -> str:
            show_alert(message)
            return "shown"

        try:
            with store.hold("watcher demo"):
                async with assembled(settings, store, lambda: site.moment, send) as line:
                    for site.moment in moments:
                        done = await round_of(line, lambda: site.moment, open_log(level=logging.CRITICAL))
                        show_round(site.moment, done)
        finally:
            store.close()


def _moments() -> Iterator[datetime]:
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        yield from (datetime.combine(day, each, PYONGYANG) for each in _ROUNDS)


def _write_config(folder: Path, site: Site) -> Path:
    sources = "".join(_SOURCE.format(name=Path(path).stem, url=site.url + path) for path in site.paths)
    path = folder / "config.toml"
    path.write_text(_CONFIG.format(rules=shipped.root() / "rules", sources=sources), encoding="utf-8")
    return path

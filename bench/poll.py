"""Polling, measured as ratios in one run: watcher, lemon24/reader and a bare aiohttp loop, taking turns.

    pip install -e '.[bench]' && python bench/poll.py [--feeds 1000] [--turns 3]

Serves feeds of 50 full texts on loopback, each from a host of its own, and times three things: the
first poll, a poll of feeds that did not change (304), and a poll of feeds with one new item of 50.
Each of watcher and reader keeps a database file; watcher also holds what is new against its rules.
"""

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import random
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import web

from watcher import config, shipped
from watcher.log import open_log
from watcher.service.assemble import assembled
from watcher.service.once import round_of
from watcher.store import Store

ITEMS = 50
WORDS = 450
AT_ONCE = 20
HEAD = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    b"<channel><title>HOST</title><link>http://HOST/</link><description>news</description>"
)


# ---- the server: a process of its own ----


def serve(hosts: list[str], pipe: Connection) -> None:
    """Serve a feed a host until told to stop; each message on the pipe adds one item to every feed."""
    asyncio.run(_serve(hosts, pipe))


async def _serve(hosts: list[str], pipe: Connection) -> None:
    feeds = Feeds()
    app = web.Application()
    app.router.add_get("/{path:.*}", feeds.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = 0
    for host in hosts:
        sock = socket.create_server((host, port), backlog=64)
        port = sock.getsockname()[1]
        await web.SockSite(runner, sock).start()
    pipe.send(port)
    while await asyncio.to_thread(pipe.recv):
        feeds.move()
        pipe.send(True)
    await runner.cleanup()


class Feeds:
    """The same feed for every host, but for the host's name in each link and text."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self._words = [self._word() for _ in range(4000)]
        self._items = [self._item(number) for number in range(ITEMS)]
        self._count = ITEMS

    def _word(self) -> str:
        return "".join(self._random.choices("abcdefghijklmnoprstuvw", k=self._random.randint(2, 9)))

    def move(self) -> None:
        self._items = [self._item(self._count), *self._items[:-1]]
        self._count += 1

    async def answer(self, request: web.Request) -> web.Response:
        etag = f'"{self._count}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        host = request.host.encode()
        body = (HEAD + b"".join(self._items) + b"</channel></rss>").replace(b"HOST", host)
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})

    def _item(self, number: int) -> bytes:
        def text(count: int) -> str:
            return " ".join(self._random.choices(self._words, k=count))

        paragraphs = "".join(f"&lt;p&gt;HOST {text(WORDS // 6)}.&lt;/p&gt;" for _ in range(6))
        when = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=number)
        return (
            f"<item><title>{text(8)}</title><link>http://HOST/{number}</link><guid>http://HOST/{number}</guid>"
            f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate><description>{text(30)}</description>"
            f"<content:encoded>{paragraphs}</content:encoded></item>"
        ).encode()


@contextlib.contextmanager
def served(count: int) -> Iterator[tuple[list[str], Callable[[], None]]]:
    """The addresses of that many feeds, and what adds an item to each."""
    hosts = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(count)]
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(hosts, theirs), daemon=True)
    process.start()
    port = ours.recv()

    def move() -> None:
        ours.send(True)
        ours.recv()

    yield [f"http://{host}:{port}/feed" for host in hosts], move
    ours.send(False)
    process.join(10)


# ---- the peers: each polls every feed, as often as it is asked ----


async def accept(_message: object) -> str:
    return "accepted"


@contextlib.asynccontextmanager
async def watcher_polls(urls: list[str], folder: Path) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Polls by watcher: one transaction a poll, the shipped rules in force. Gives how many are new."""
    folder.mkdir()
    lines = [
        f'[watcher]\nrules = "{shipped.root() / "rules"}"\n[channels.desk]\nurl = "json://hook.example"\n'
    ]
    lines += [
        f'[sources.feed{number}]\nurl = "{url}"\nallow_private = true\n' for number, url in enumerate(urls)
    ]
    path = folder / "config.toml"
    path.write_text("".join(lines))
    settings = config.load(path)
    store = Store.open(settings.database)
    log = open_log(level=logging.CRITICAL)

    def now() -> datetime:
        return datetime.now(UTC)

    async with assembled(settings, store, now, accept) as line:

        async def poll() -> int:
            done = await round_of(line, now, log)
            assert not done.failed, done.failed[0].error
            return sum(each.new for each in done.polls)

        yield poll
    store.close()


@contextlib.contextmanager
def reader_polls(urls: list[str], folder: Path) -> Iterator[Callable[[], int]]:
    """Polls by lemon24/reader's update_feeds, with as many threads as watcher fetches at once."""
    from reader import make_reader

    folder.mkdir()
    reader = make_reader(str(folder / "reader.db"))
    for url in urls:
        reader.add_feed(url)

    def poll() -> int:
        before = reader.get_entry_counts().total
        reader.update_feeds(workers=AT_ONCE, scheduled=False)
        return reader.get_entry_counts().total - before

    yield poll
    reader.close()


async def bare_loop(urls: list[str]) -> Callable[[], Awaitable[int]]:
    """A loop of aiohttp that asks conditionally and throws answers away; it ran once and knows the ETags."""
    etags: dict[str, str] = {}

    async def poll() -> int:
        places = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def fetch(url: str) -> None:
                held = {"If-None-Match": etags[url]} if url in etags else {}
                async with places, session.get(url, headers=held) as answer:
                    await answer.read()
                    etags[url] = answer.headers["ETag"]

            await asyncio.gather(*map(fetch, urls))
        return 0

    await poll()
    return poll


# ---- the measurements ----


async def measure(urls: list[str], move: Callable[[], None], turns: int, folder: Path) -> None:
    """Print the ratios of a first poll, of polls without news, and of polls with one new item a feed."""
    async with watcher_polls(urls, folder / "watcher") as ours:
        with reader_polls(urls, folder / "reader") as theirs:
            first = {
                "watcher": [await timed(ours, ITEMS * len(urls))],
                "reader": [timed_sync(theirs, ITEMS * len(urls))],
            }
            report("first poll", first)
            bare = await bare_loop(urls)
            same: dict[str, list[float]] = {"watcher": [], "reader": [], "bare loop": []}
            for _ in range(turns):
                same["watcher"].append(await timed(ours, 0))
                same["reader"].append(timed_sync(theirs, 0))
                same["bare loop"].append(await timed(bare, 0))
            report("unchanged", same)
            news: dict[str, list[float]] = {"watcher": [], "reader": []}
            for _ in range(turns):
                move()
                news["watcher"].append(await timed(ours, len(urls)))
                news["reader"].append(timed_sync(theirs, len(urls)))
            report("one new of 50", news)


async def timed(poll: Callable[[], Awaitable[int]], expected: int) -> float:
    """Seconds that a poll takes, which must find as many new as expected."""
    start = time.perf_counter()
    found = await poll()
    seconds = time.perf_counter() - start
    assert found == expected, f"{found} new, not {expected}"
    return seconds


def timed_sync(poll: Callable[[], int], expected: int) -> float:
    start = time.perf_counter()
    found = poll()
    seconds = time.perf_counter() - start
    assert found == expected, f"{found} new, not {expected}"
    return seconds


def report(what: str, seconds: dict[str, list[float]]) -> None:
    """A line a peer: the median of its seconds, and the ratio to ours, turn by turn."""
    for name, times in seconds.items():
        ratios = [theirs / ours for theirs, ours in zip(times, seconds["watcher"], strict=True)]
        ratio = "" if name == "watcher" else f"   watcher is {statistics.median(ratios):.2f} x as fast"
        print(f"{what:14} {name:10} {statistics.median(times):8.2f} s{ratio}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    with served(given.feeds) as (urls, move), tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(urls, move, given.turns, Path(folder)))


if __name__ == "__main__":
    main()

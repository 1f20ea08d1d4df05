"""The straight line with a real database, real rules and the real parser; fakes at fetch and send only."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from watcher import config
from watcher.ingest.parse import parse
from watcher.line import Line
from watcher.log import open_log
from watcher.model import AlertRecord, Dispatch, Listing, Message, OutboxRow, Response, Source
from watcher.pipeline import Poll
from watcher.service.assemble import build
from watcher.service.once import Round, round_of
from watcher.store import Store, alerts, dispatches, outbox, rules, sources

START = datetime(2024, 8, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """What a feed shows of one piece of news."""

    headline: str
    body: str = ""
    link: str = ""
    day: datetime = START - timedelta(hours=1)


def rule_on(word: str, more: str = "") -> str:
    """A rule whose id is the word it looks for, with more lines at its end."""
    return (
        f"rule: News of {word}\nid: {word}\nwhy: It matters.\nseverity: high\n"
        f"when:\n  text: {word}\ntests:\n  fires: [All about {word}]\n  silent: [Nothing]\n{more}"
    )


def rss(entries: Sequence[Entry]) -> bytes:
    """A feed that shows these, the first one first; each under a link of its own unless it says one."""
    shown = "".join(
        f"<item><title>{escape(each.headline)}</title>"
        f"<description>{escape(each.body or each.headline + ', it is said.')}</description>"
        f"<link>{each.link or 'http://feed.example/' + each.headline.replace(' ', '-')}</link>"
        f"<pubDate>{format_datetime(each.day)}</pubDate></item>"
        for each in entries
    )
    return f'<rss version="2.0"><channel><title>Feed</title>{shown}</channel></rss>'.encode()


def etag_of(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:16]}"'


async def parse_here(source: Source, response: Response, seen: frozenset[str]) -> Listing:
    return parse(source, response, seen)


@dataclass
class World:
    """Sources that show what a test says, channels that take what they are sent, and a clock.

    pages: what each source shows, or how it fails; asked: the ETags they were asked with. refuse: how a
    channel fails, or what it waits for; sent: what was accepted.
    """

    folder: Path
    store: Store
    now: datetime = START
    pages: dict[str, Sequence[Entry] | Exception] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refuse: dict[str, Exception | Callable[[], Awaitable[object]]] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    def configure(
        self, *names: str, more: str = "", channels: Sequence[str] = ("desk",), tags: Sequence[str] = ()
    ) -> None:
        """A configuration with these sources and channels. The first channel takes every alert."""
        text = "".join(
            f'[sources.{name}]\nurl = "http://{name}.example/feed"\n'
            f'outlet = "outlet.example"\ntimezone = "UTC"\n{f"tags = {list(tags)}" if tags else ""}\n'
            for name in names
        )
        text += "".join(f'[channels.{name}]\nurl = "json://{name}.example"\n' for name in channels)
        text += f'[[routes]]\nchannels = ["{channels[0]}"]\n' if len(channels) > 1 else ""
        self.write("config.toml", text + more)
        (self.folder / "config.toml").chmod(0o600)

    def line(self) -> Line:
        """A line by the configuration and the rules as they are now."""
        settings = config.load(self.folder / "config.toml")
        return build(settings, self.store, (self.fetch, parse_here, self.send), self.now)

    async def round(self, later: timedelta = timedelta(0), **changes: Any) -> Round:
        """What `watcher once` does, some time later."""
        self.now += later
        return await round_of(replace(self.line(), **changes), self.clock, open_log())

    async def shows(self, source: str, *entries: Entry | str, later: timedelta = timedelta(hours=1)) -> Poll:
        """What the poll of a source brings that shows this."""
        self.pages[source] = [Entry(each) if isinstance(each, str) else each for each in entries]
        done = await self.round(later)
        return next(poll for poll in done.polls if poll.after.name == source)

    def clock(self) -> datetime:
        return self.now

    async def fetch(self, source: Source) -> Response:
        self.asked.append((source.name, source.etag))
        page = self.pages.get(source.name, ())
        if isinstance(page, Exception):
            raise page
        body = rss(page)
        if source.etag == etag_of(body):
            return Response(source.url, 304)
        return Response(source.url, 200, body, "application/rss+xml", etag_of(body))

    async def send(self, message: Message) -> str:
        trouble = self.refuse.get(message.target.channel)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble:
            await trouble()
        self.sent.append(message)
        return "accepted"

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.sent]

    def source(self, name: str) -> Source:
        known = config.load(self.folder / "config.toml").sources
        return next(each for each in self._read(lambda tx: sources.listing(tx, known)) if each.name == name)

    @property
    def dispatches(self) -> list[Dispatch]:
        return self._read(lambda tx: dispatches.listing(tx, 1000))

    @property
    def alerts(self) -> list[AlertRecord]:
        """The oldest first."""
        return self._read(lambda tx: alerts.listing(tx, 1000))[::-1]

    @property
    def alerted(self) -> list[tuple[str, str]]:
        """The event and the headline of each alert, the oldest first."""
        return [(str(each.alert.event), each.alert.dispatch.headline) for each in self.alerts]

    @property
    def rules_in_force(self) -> list[str]:
        return [text.id for text in self._read(rules.in_force)]

    @property
    def outbox(self) -> list[OutboxRow]:
        return self._read(lambda tx: outbox.listing(tx, 1000))

    def _read(self, query: Callable[[Any], Any]) -> Any:
        with self.store.read() as tx:
            return query(tx)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """One source, `feed`, one channel, `desk`, and a rule on coal."""
    store = Store.open("sqlite:///watcher.db", folder)
    made = World(folder, store)
    made.configure("feed")
    made.write("rules/coal.yaml", rule_on("coal"))
    yield made
    store.close()

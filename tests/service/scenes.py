"""The real thing, small: a feed over HTTP, a mailbox over SMTP, a folder, and watcher as a process."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP
from hostile_server import HostileServer, answer
from notify_samples import Mailbox
from straight import Entry, etag_of, parse_here, rss, rule_on

from watcher import config
from watcher.log import open_log
from watcher.model import AlertRecord, Dispatch, Message, OutboxRow, Source
from watcher.service.assemble import assembled
from watcher.service.once import round_of
from watcher.store import Store, alerts, dispatches, outbox, sources

DRIVER = Path(__file__).with_name("killed_watcher.py")
FIRST = ("Rain falls", "Coal is old news")
NEWS = ("Coal is mined in the north", "Coal is shipped to the south")
PATIENCE = 40.0  # seconds; the machine may be busy
CONFIG = """\
[watcher]
database = "sqlite:///watcher.db"
[sources.feed]
url = "{feed}"
every = "{every}"
outlet = "feed.example"
allow_private = true
[channels.desk]
url = "{mailbox}"
allow_private = true
"""


def flowing() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


class Feed:
    """A feed that answers conditional requests. asked: the ETag that each request named.

    flows: while it is not set, requests are taken and not answered.
    """

    def __init__(self, server: HostileServer, path: str, headlines: Sequence[str] = FIRST) -> None:
        self.headlines = list(headlines)
        self.asked: list[str] = []
        self.flows = flowing()
        self.url = server.url + path
        self._server = server
        server.routes[path] = self._answer

    @property
    def body(self) -> bytes:
        return rss([Entry(headline) for headline in self.headlines])

    @property
    def etag(self) -> str:
        return etag_of(self.body)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        await self.flows.wait()
        asked = self._server.requests[-1].headers.get("if-none-match", "")
        self.asked.append(asked)
        unchanged = answer(b"", "304 Not Modified", ETag=self.etag)
        writer.write(unchanged if asked == self.etag else answer(self.body, ETag=self.etag))
        await writer.drain()


@dataclass
class Post(Mailbox):
    """A mailbox. on_letter is called with each letter, before the sender hears of its fate.

    flows: while it is not set, letters are taken, and neither kept nor answered.
    """

    on_letter: Callable[[], None] = lambda: None
    flows: asyncio.Event = field(default_factory=flowing)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await self.flows.wait()
        said = await super().handle_DATA(server, session, envelope)
        self.on_letter()
        return said


@dataclass(frozen=True)
class Ended:
    """A process that is over. code: negative if a signal killed it."""

    code: int
    out: str
    err: str


@dataclass
class Scene:
    """A folder with a configuration, the feed it names, and the mailbox it tells."""

    folder: Path
    server: HostileServer
    feed: Feed
    post: Post
    mark: str = field(default_factory=lambda: uuid4().hex)
    started: list[Process] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, more: str = "", every: str = "15 minutes") -> None:
        """Write the configuration, with more tables at its end."""
        base = CONFIG.format(feed=self.feed.url, mailbox=self.post.url, every=every)
        self.path.write_text(base + more, "utf-8")
        self.path.chmod(0o600)

    async def start(self, *command: str, strike: str = "") -> Process:
        """`watcher COMMAND`, which sends itself a signal at a step: "SIGKILL before module:function"."""
        environment = {**os.environ, "SCENE": self.mark, "WATCHER_CONFIG": str(self.path)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, DRIVER, strike, *command), stdout=PIPE, stderr=PIPE, env=environment
        )
        self.started.append(process)
        return process

    async def watcher(self, *command: str, kill: str = "") -> Ended:
        """`watcher COMMAND`, once it is over. kill: the step that it does not survive, if any."""
        return await over(await self.start(*command, strike=kill and f"SIGKILL {kill}"))

    async def baseline(self) -> None:
        """The first poll and the first delivery, of nothing, in this process."""
        settings = config.load(self.path)
        store = Store.open(settings.database)
        try:
            async with assembled(settings, store, now, refuse) as line:
                await round_of(replace(line, parse=parse_here), now, open_log())
        finally:
            store.close()

    @property
    def source(self) -> Source:
        return self.read(lambda tx: sources.listing(tx, config.load(self.path).sources))[0]

    @property
    def dispatches(self) -> list[Dispatch]:
        return self.read(lambda tx: dispatches.listing(tx, 1000))

    @property
    def alerts(self) -> list[AlertRecord]:
        return self.read(lambda tx: alerts.listing(tx, 1000))

    @property
    def outbox(self) -> list[OutboxRow]:
        return self.read(lambda tx: outbox.listing(tx, 1000))

    @property
    def letters(self) -> Counter[tuple[str, str, str]]:
        """How often each mail arrived: Message-ID, subject, words."""
        return Counter(
            (each["Message-ID"], each["Subject"], each.get_content()) for each in self.post.letters
        )

    def read(self, query: Callable[[Any], Any]) -> Any:
        store = Store.open("sqlite:///watcher.db", self.folder)
        try:
            with store.read() as tx:
                return query(tx)
        finally:
            store.close()

    def processes(self) -> list[int]:
        """Those that were started here, with those that they started."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"SCENE={self.mark}".encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """A scene whose feed shows FIRST, and is not known yet."""
    (folder / "rules").mkdir()
    (folder / "rules" / "coal.yaml").write_text(rule_on("coal"), "utf-8")
    loop, post = asyncio.get_running_loop(), Post()
    mail = await loop.create_server(lambda: SMTP(post, loop=loop), "127.0.0.1", 0)
    post.port = mail.sockets[0].getsockname()[1]
    async with HostileServer() as server:
        made = Scene(folder, server, Feed(server, "/feed"), post)
        made.configure()
        try:
            yield made
        finally:
            made.feed.flows.set()
            post.flows.set()
            for process in made.started:
                if process.returncode is None:
                    process.kill()
                    await process.communicate()
            mail.close()


async def over(process: Process) -> Ended:
    """The process, once it has ended; one that does not is killed."""
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def eventually(is_so: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.05)


def now() -> datetime:
    return datetime.now(UTC)


async def refuse(message: Message) -> str:
    raise AssertionError(f"nothing should be sent, but this was: {message.title}")

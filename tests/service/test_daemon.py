"""The daemon as a process: how it works, how it is told things, and how it ends."""

import asyncio
import json
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from scenes import NEWS, Feed, Scene, eventually, over
from straight import Entry, World, rule_on

from watcher import config
from watcher.errors import StoreError
from watcher.line import Line
from watcher.log import open_log
from watcher.model import Response, Source, Status
from watcher.service import daemon
from watcher.service.daemon import Asked, Daemon


def subjects(scene: Scene) -> list[str]:
    return [letter["Subject"] for letter in scene.post.letters]


def told_of(scene: Scene, *headlines: str) -> Callable[[], bool]:
    """Has each of these arrived in a mail?"""
    return lambda: all(any(headline in words for _, _, words in scene.letters) for headline in headlines)


async def ended_well(process: Process, number: int = signal.SIGTERM) -> str:
    """Its log, once it was told to end and did so without an error."""
    process.send_signal(number)
    ended = await over(process)
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert "event=stopped" in ended.err
    return ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_polls_what_is_due_delivers_and_ends_when_told(number: int, fresh: Scene) -> None:
    fresh.configure(every="1 second")
    process = await fresh.start("run")
    await eventually(lambda: len(fresh.feed.asked) >= 2)
    assert fresh.alerts == []
    fresh.feed.headlines[:0] = NEWS
    await eventually(told_of(fresh, *NEWS))
    log = await ended_well(process, number)
    assert "watching" in log
    assert {row.status for row in fresh.outbox} == {Status.SENT}
    assert fresh.processes() == []


async def test_another_watcher_is_refused_while_readers_and_short_writes_work(known: Scene) -> None:
    known.post.answer = "451 greylisted"
    known.configure(every="1 second")
    known.feed.headlines.insert(0, NEWS[0])
    process = await known.start("run")
    await eventually(lambda: any(row.answer for row in known.outbox))
    for command in ("once", "run"):
        refused = await known.watcher(command)
        assert refused.code == 1
        assert refused.err == (
            f"watcher: {known.folder / 'watcher.db'} is in use by watcher run (process {process.pid}); "
            "stop that process, or wait until it is done\n"
        )
    listed = await known.watcher("alerts", "list", "--json")
    assert [alert["headline"] for alert in json.loads(listed.out)] == [NEWS[0]]
    known.post.answer = "250 OK"
    (row,) = known.outbox
    retried = await known.watcher("outbox", "retry", str(row.id))
    assert (retried.code, retried.err) == (0, "")
    await eventually(lambda: known.outbox[0].status == Status.SENT)
    await ended_well(process)


async def test_it_ends_in_time_though_a_feed_and_a_channel_hang_and_loses_nothing(known: Scene) -> None:
    known.configure(every="1 second")
    known.post.flows.clear()
    known.feed.headlines[:0] = NEWS
    process = await known.start("run")
    await eventually(lambda: any(row.attempts for row in known.outbox))
    known.feed.flows.clear()
    asked = len(known.server.requests)
    await eventually(lambda: len(known.server.requests) > asked and known.server.busy > 0)
    begun = time.monotonic()
    await ended_well(process)
    assert time.monotonic() - begun < 30
    assert known.processes() == []
    assert known.post.letters == []
    known.post.flows.set()
    known.feed.flows.set()
    assert (await known.watcher("once")).code == 0
    assert sorted(known.letters.values()) == [1, 1]
    assert told_of(known, *NEWS)()


@pytest.fixture
async def elsewhere(known: Scene) -> Feed:
    """Another feed, which is not configured yet."""
    return Feed(known.server, "/elsewhere", ["Snow falls"])


def with_source(feed: Feed) -> str:
    return f'[sources.elsewhere]\nurl = "{feed.url}"\nevery = "1 second"\nallow_private = true\n'


async def test_sighup_takes_up_config_and_rules_and_a_bad_one_changes_nothing(
    known: Scene, elsewhere: Feed
) -> None:
    known.configure(every="1 second")
    process = await known.start("run")
    await eventually(lambda: len(known.feed.asked) >= 2)

    known.configure(with_source(elsewhere), every="1 second")
    (known.folder / "rules/snow.yaml").write_text(rule_on("snow"))
    process.send_signal(signal.SIGHUP)
    await eventually(lambda: len(elsewhere.asked) >= 2)
    elsewhere.headlines.insert(0, "Snow again")
    await eventually(told_of(known, "Snow again"))

    for _ in range(2):
        known.configure('[chanels.typo]\nurl = "json://x"\n', every="1 second")
        process.send_signal(signal.SIGHUP)
        await eventually(told_of(known, "The last good configuration stays in force"))
    elsewhere.headlines.insert(0, "Snow for the third time")
    await eventually(told_of(known, "Snow for the third time"))

    known.configure(with_source(elsewhere), every="1 second")
    (known.folder / "rules").rename(known.folder / "gone")
    process.send_signal(signal.SIGHUP)
    await eventually(told_of(known, "the rules folder cannot be read"))
    known.feed.headlines.insert(0, "Coal at last")
    await eventually(told_of(known, "Coal at last"))

    log = await ended_well(process)
    assert log.count("event=reloaded") == 2
    assert log.count("not reloaded") == 2
    assert subjects(known).count("The configuration was not reloaded") == 1
    assert len(known.post.letters) == 5


async def test_a_reload_cannot_change_the_database(known: Scene) -> None:
    known.configure(every="1 second")
    process = await known.start("run")
    await eventually(lambda: len(known.feed.asked) >= 2)
    known.path.write_text(known.path.read_text().replace("watcher.db", "other.db"))
    process.send_signal(signal.SIGHUP)
    await eventually(told_of(known, "restart watcher to use the other one"))
    await ended_well(process)


async def test_sigterm_ends_it_well_while_it_starts(known: Scene) -> None:
    ended = await over(await known.start("run", strike="SIGTERM before watcher.service.assemble:build"))
    assert ended.code == 0
    assert "event=stopped" in ended.err


async def test_sighup_does_not_end_it_while_it_starts(known: Scene) -> None:
    known.configure(every="1 second")
    process = await known.start("run", strike="SIGHUP before watcher.service.assemble:build")
    await eventually(lambda: bool(known.feed.asked[1:]))
    assert "event=reloaded" in await ended_well(process)


async def test_a_reload_lets_polls_on_their_way_end_by_the_old_rules(straight: World) -> None:
    asked, heard, go = Asked(), [], asyncio.Event()

    async def fetch(source: Source) -> Response:
        heard.append(source.name)
        await go.wait()
        return await straight.fetch(source)

    await straight.shows("feed", "Rain")
    straight.pages["feed"] = [Entry("Snow falls"), Entry("Coal burns"), Entry("Rain")]
    straight.now += timedelta(hours=1)
    settings = config.load(straight.folder / "config.toml")
    line = replace(straight.line(), fetch=fetch)
    running = asyncio.create_task(Daemon(line, settings, straight.clock, open_log(), asked).run())
    await eventually(lambda: bool(heard))
    straight.write("rules/snow.yaml", rule_on("snow"))
    asked.reload.set()
    await eventually(lambda: not asked.reload.is_set())
    go.set()
    await eventually(lambda: "snow" in straight.rules_in_force)
    asked.stop.set()
    await running
    assert straight.alerted == [("new", "Coal burns")]
    await straight.shows("feed", Entry("Snow falls", "Ever more snow."), "Coal burns", "Snow again")
    assert straight.alerted == [("new", "Coal burns"), ("new", "Snow again")]


async def test_a_reload_that_the_database_refuses_is_made_up_for(
    straight: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, calls, build = Asked(), [], daemon.build

    def refuse_once(*given: Any) -> Line:
        calls.append(given)
        if len(calls) == 1:
            raise StoreError("the database is locked by another program")
        return build(*given)

    monkeypatch.setattr(daemon, "build", refuse_once)
    settings = config.load(straight.folder / "config.toml")
    work = Daemon(straight.line(), settings, straight.clock, open_log(), asked).run()
    running = asyncio.create_task(work)
    straight.write("rules/snow.yaml", rule_on("snow"))
    asked.reload.set()
    await eventually(lambda: "snow" in straight.rules_in_force)
    asked.stop.set()
    await running

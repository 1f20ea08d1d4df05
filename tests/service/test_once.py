"""A round of `watcher once`, in this process: what fails stays by itself."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from scenes import NEWS, Scene
from straight import START, Entry, World

from watcher.errors import FetchError, NotifyError
from watcher.log import open_log
from watcher.model import Response, Source
from watcher.service.poller import Poller

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def fails(name: str, **more: object) -> FetchError:
    return FetchError(name, f"{name} does not answer", **more)


async def test_a_source_that_fails_stops_no_other_and_is_named(straight: World) -> None:
    straight.configure("a", "b", "c")
    straight.pages = {"a": fails("a"), "b": [Entry("Rain")], "c": ValueError("a bug of ours")}
    done = await straight.round()
    assert {poll.after.name: poll.error for poll in done.polls} == {
        "a": "a does not answer",
        "b": "",
        "c": "watcher failed on it (ValueError); please report the traceback in its log",
    }
    assert [each.headline for each in straight.dispatches] == ["Rain"]
    assert not done.is_well


@pytest.mark.parametrize("trouble", [fails("feed"), ValueError("a bug of ours")])
async def test_a_source_that_fails_waits_longer_and_longer(trouble: Exception, straight: World) -> None:
    straight.pages["feed"] = trouble
    waits = []
    for _ in range(12):
        await straight.round(HOUR)
        waits.append(straight.source("feed").next_poll_at - straight.now)
    assert MINUTE <= waits[0] < 2 * MINUTE <= waits[1]
    assert all(wait >= before for before, wait in pairwise(waits[:9]))
    assert 6 * HOUR <= waits[-1] <= 6.6 * HOUR
    assert straight.source("feed").failures == 12


async def test_a_round_asks_every_source_but_those_that_asked_to_wait(straight: World) -> None:
    straight.configure("a", "b", "c", more='[sources.d]\nurl = "http://d.example/"\nenabled = false\n')
    straight.pages = {"a": fails("a", status=503, retry_after=2 * HOUR), "b": fails("b", status=410)}
    for _ in range(2):
        await straight.round(MINUTE)
    assert sorted(name for name, _ in straight.asked) == ["a", "b", "c", "c"]
    straight.asked.clear()
    await straight.round(2 * HOUR)
    assert sorted(name for name, _ in straight.asked) == ["a", "c"]


async def test_what_was_refused_is_tried_again_by_a_later_round(straight: World) -> None:
    straight.pages["feed"] = [Entry("Coal")]
    straight.refuse["desk"] = NotifyError("desk", "greylisted")
    done = await straight.round(is_backfill=True)
    assert (done.sent.later, done.pending, done.sent.answers, done.is_well) == (1, 1, ["greylisted"], False)
    del straight.refuse["desk"]
    assert (await straight.round(MINUTE / 2)).sent.sent == 0
    done = await straight.round(HOUR)
    assert (done.sent.sent, done.pending, done.is_well) == (1, 0, True)


async def test_many_polls_without_news_are_saved_together(straight: World) -> None:
    names = [f"s{number}" for number in range(250)]
    straight.configure(*names)
    done = await straight.round()
    assert len(done.polls) == 250
    assert all(straight.source(name).polled_at == START for name in (names[0], names[-1]))


async def test_polls_that_take_too_long_are_dropped_and_have_stored_nothing(straight: World) -> None:
    async def fetch(source: Source) -> Response:
        if source.name == "slow":
            await asyncio.Event().wait()
        return await straight.fetch(source)

    straight.configure("feed", "slow")
    line, heard = replace(straight.line(), fetch=fetch), []
    poller = Poller(straight.clock, open_log(), heard.append)
    poller.start(line, [straight.source("slow"), straight.source("feed")])
    await poller.finish(line, 0.2)
    assert poller.running == 0
    assert [poll.after.name for poll in heard] == ["feed"]
    assert straight.source("slow").polled_at is None


async def test_a_source_that_falls_due_while_it_is_polled_is_not_polled_twice(straight: World) -> None:
    poller, source = Poller(straight.clock, open_log()), straight.line().sources["feed"]
    for _ in range(2):
        poller.start(straight.line(), [source])
    assert poller.running == 1
    await poller.finish(straight.line())
    assert straight.asked == [("feed", "")]
    poller.start(straight.line(), [source])
    assert poller.running == 1
    await poller.finish(straight.line())


async def test_a_broken_rule_is_told_by_its_line_when_all_else_is_done(known: Scene) -> None:
    known.feed.headlines.insert(0, NEWS[0])
    path = known.folder / "rules/coal.yaml"
    path.write_text(path.read_text().replace("text:", "txet:"))
    ended = await known.watcher("once")
    assert ended.code == 1
    assert ended.err.startswith("rules/coal.yaml:6:3: ")
    assert "1 alert" in ended.out
    assert any(NEWS[0] in words for _, _, words in known.letters)

"""watcher is killed at each step of its line, and started again: nothing is lost, hardly anything repeats."""

import os
import signal
from collections import Counter
from typing import Any

import pytest
from scenes import FIRST, NEWS, Scene, eventually, over

from watcher.model import Status

KILLED = -signal.SIGKILL
UNSTORED = (
    "before watcher.ingest.fetch:Fetcher.fetch",
    "after watcher.ingest.fetch:Fetcher.fetch",
    "before watcher.pipeline:store_listing",
    "after watcher.pipeline:store_listing",
    "after watcher.pipeline:judge",
    "after watcher.pipeline:_save",  # all is written, and nothing is committed
)
STORED = (
    "after watcher.pipeline:_commit",
    "after watcher.pipeline:_compose",
    "before watcher.notify.send:Sender.__call__",  # the claim is committed
    "after watcher.pipeline:_settle_sent",
)
SAID = (  # the first mail is accepted, and only the process that dies knows
    "after watcher.notify.send:Sender.__call__",
    "before watcher.store.outbox:settle_sent",
    "after watcher.store.outbox:settle_sent",
)
STEPS = UNSTORED + STORED + SAID
TELLING = (UNSTORED[0], UNSTORED[-1], STORED[0], *STORED[2:], SAID[0], SAID[-1])  # the others are like these


def at(*steps: str) -> list[Any]:
    """The steps as parameters: the telling ones always, the others on demand."""
    return [pytest.param(step, marks=() if step in TELLING else pytest.mark.campaign) for step in steps]


def headlines(scene: Scene) -> list[str]:
    return sorted(dispatch.headline for dispatch in scene.dispatches)


def alerted(scene: Scene) -> list[str]:
    return sorted(record.alert.dispatch.headline for record in scene.alerts)


def show_news(scene: Scene) -> str:
    """The feed shows something new; the ETag of what it showed before."""
    before = scene.feed.etag
    scene.feed.headlines[:0] = NEWS
    return before


def assert_nothing_is_lost(scene: Scene, repeated: int = 0) -> None:
    """Every dispatch once, every alert once, every mail, and as many of them again, word for word."""
    assert headlines(scene) == sorted(FIRST + NEWS)
    assert alerted(scene) == sorted(NEWS)
    assert scene.source.etag == scene.feed.etag
    assert {row.status for row in scene.outbox} == {Status.SENT}
    assert sorted(scene.letters.values()) == sorted([2] * repeated + [1] * (len(NEWS) - repeated))
    assert len({message_id for message_id, _, _ in scene.letters}) == len(NEWS)
    for headline in NEWS:
        assert sum(headline in words for _, _, words in scene.letters) == 1


async def assert_etag_is_not_ahead(scene: Scene, before: str) -> None:
    """The ETag is that of the news if they are stored, else the one of what was shown before them."""
    stored = set(NEWS) <= set(headlines(scene))
    assert stored or not set(NEWS) & set(headlines(scene))
    assert scene.source.etag == (scene.feed.etag if stored else before)


@pytest.mark.parametrize("step", at(*STEPS))
async def test_a_killed_once_loses_nothing(step: str, known: Scene) -> None:
    before = show_news(known)
    assert (await known.watcher("once", kill=step)).code == KILLED
    await assert_etag_is_not_ahead(known, before)
    assert (known.source.etag == before) is (step in UNSTORED)
    await eventually(lambda: not known.processes(), 10)
    ended = await known.watcher("once")
    assert (ended.code, ended.err) == (0, "")
    assert_nothing_is_lost(known, repeated=step in SAID)


async def test_a_once_killed_while_the_mail_is_on_its_way_says_the_same_again(known: Scene) -> None:
    show_news(known)
    process = await known.start("once")
    known.post.on_letter = lambda: os.kill(process.pid, signal.SIGKILL)
    assert (await over(process)).code == KILLED
    known.post.on_letter = lambda: None
    await eventually(lambda: not known.processes(), 10)
    assert (await known.watcher("once")).code == 0
    assert_nothing_is_lost(known, repeated=1)


@pytest.mark.parametrize("step", at("after watcher.pipeline:store_listing", "after watcher.pipeline:_commit"))
async def test_a_first_poll_that_is_killed_is_a_baseline_still(step: str, fresh: Scene) -> None:
    assert (await fresh.watcher("once", kill=step)).code == KILLED
    assert (await fresh.watcher("once")).code == 0
    assert headlines(fresh) == sorted(FIRST)
    assert fresh.alerts == []
    show_news(fresh)
    assert (await fresh.watcher("once")).code == 0
    assert_nothing_is_lost(fresh)


@pytest.mark.parametrize("step", at(*STEPS))
async def test_a_killed_daemon_loses_nothing(step: str, known: Scene) -> None:
    known.configure(every="1 second")
    before = show_news(known)
    assert (await known.watcher("run", kill=step)).code == KILLED
    await assert_etag_is_not_ahead(known, before)
    await eventually(lambda: not known.processes(), 10)
    process = await known.start("run")
    await eventually(lambda: Counter(row.status for row in known.outbox) == {Status.SENT: len(NEWS)})
    process.send_signal(signal.SIGTERM)
    assert (await over(process)).code == 0
    assert_nothing_is_lost(known, repeated=step in SAID)


@pytest.mark.campaign
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 25))
async def test_a_once_killed_at_any_of_its_commits_loses_nothing(
    when: str, number: int, known: Scene
) -> None:
    before = show_news(known)
    step = f"{when} sqlalchemy.engine.default:DefaultDialect.do_commit {number}"
    if (await known.watcher("once", kill=step)).code != KILLED:
        pytest.skip("it has fewer commits")
    await assert_etag_is_not_ahead(known, before)
    assert (await known.watcher("once")).code == 0
    assert_nothing_is_lost(known, repeated=max(known.letters.values()) - 1)

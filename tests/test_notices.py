"""What the operator hears of, and how often."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from straight import Entry, World, rule_on, world

from watcher.errors import FetchError, NotifyError
from watcher.model import Status

HOUR = timedelta(hours=1)
CHANNELS = ("desk", "operator", "second")
OPERATOR = '[operator]\nchannels = ["operator"]\n'
BOTH = '[operator]\nchannels = ["operator", "second"]\n'


@pytest.fixture
def straight(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.configure("feed", channels=CHANNELS, more=OPERATOR)
        yield made


def told(straight: World, channel: str = "operator") -> list[str]:
    return [message.title for message in straight.sent if message.target.channel == channel]


async def test_a_broken_source_is_told_of_once_and_again_when_it_works(straight: World) -> None:
    await straight.shows("feed", "Rain")
    straight.pages["feed"] = FetchError("feed", "nobody answers at feed.example")
    for _ in range(2):
        await straight.round(HOUR)
    assert told(straight) == []
    for _ in range(3):
        await straight.round(HOUR)
    assert told(straight) == ["Source feed is failing"]
    assert "nobody answers at feed.example" in straight.sent[0].body
    await straight.shows("feed", "Coal", "Rain")
    assert told(straight) == ["Source feed is failing", "Source feed works again"]
    assert "nobody answers" in straight.sent[-2].body + straight.sent[-1].body
    straight.pages["feed"] = FetchError("feed", "nobody answers at feed.example")
    for _ in range(4):
        await straight.round(HOUR)
    assert told(straight)[2:] == ["Source feed is failing"]


async def test_a_source_that_never_worked_is_told_of(straight: World) -> None:
    straight.pages["feed"] = FetchError("feed", "no such host")
    for _ in range(5):
        await straight.round(HOUR)
    assert told(straight) == ["Source feed is failing"]
    assert "its last good poll: never" in straight.sent[0].body


async def test_a_source_that_is_gone_is_told_of_and_left_in_peace(straight: World) -> None:
    await straight.shows("feed", "Rain")
    straight.pages["feed"] = FetchError("feed", "feed.example says that it is gone (410)", status=410)
    for _ in range(3):
        await straight.round(HOUR)
    assert told(straight) == ["Source feed is paused"]
    assert len(straight.asked) == 2


async def test_a_message_that_is_given_up_is_told_by_another_channel(straight: World) -> None:
    straight.refuse["desk"] = NotifyError("desk", "the password is wrong")
    straight.pages["feed"] = [Entry("Coal")]
    await straight.round(is_backfill=True)
    for _ in range(20):
        await straight.round(timedelta(hours=6))
    (title,) = told(straight)
    assert title.startswith("Not delivered to json://desk.example: ")
    (notice,) = straight.sent
    assert "the password is wrong" in notice.body
    (dead,) = [row for row in straight.outbox if row.status == Status.DEAD]
    assert f"watcher outbox retry {dead.id}" in notice.body
    assert dead.attempts > 5


async def test_a_permanent_refusal_is_given_up_at_once(straight: World) -> None:
    straight.refuse["desk"] = NotifyError("desk", "there is no such channel", permanent=True)
    straight.pages["feed"] = [Entry("Coal")]
    done = await straight.round(is_backfill=True)
    assert (done.sent.dead, done.sent.sent, done.dead) == (1, 1, 1)
    assert len(told(straight)) == 1


async def test_notices_that_cannot_be_delivered_do_not_multiply(straight: World) -> None:
    straight.configure("feed", channels=CHANNELS, more=BOTH)
    straight.refuse = {name: NotifyError(name, "no", permanent=True) for name in CHANNELS}
    straight.pages["feed"] = [Entry("Coal")]
    done = await straight.round(is_backfill=True)
    assert done.dead == 3
    assert sorted(row.channel for row in straight.outbox) == sorted(CHANNELS)


async def test_a_broken_rule_is_told_of_once_a_day_and_its_last_good_version_stays(straight: World) -> None:
    await straight.shows("feed", "Rain")
    straight.write("rules/coal.yaml", rule_on("coal").replace("text:", "txet:"))
    poll = await straight.shows("feed", "Coal one", "Rain", later=HOUR)
    assert poll.alerts == 1
    await straight.round(HOUR)
    assert told(straight) == ["Rules with mistakes were not loaded"]
    notice = next(message for message in straight.sent if message.target.channel == "operator")
    assert "rules/coal.yaml:6:3" in notice.body
    assert straight.line().faults


async def test_a_rules_folder_that_disappears_changes_nothing_and_is_told_of(straight: World) -> None:
    await straight.shows("feed", "Rain")
    rules = straight.folder / "rules"
    rules.rename(straight.folder / "elsewhere")
    assert (await straight.shows("feed", "Coal one", "Rain")).alerts == 1
    assert told(straight) == ["Rules with mistakes were not loaded"]
    (straight.folder / "elsewhere").rename(rules)
    assert (await straight.shows("feed", "Coal two", "Coal one", "Rain")).alerts == 1
    assert straight.alerted == [("new", "Coal one"), ("new", "Coal two")]

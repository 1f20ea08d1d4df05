"""From what a source shows to what people are told, step by step."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from straight import START, Entry, World, etag_of, rss, rule_on, world

from watcher.errors import FetchError, NotifyError, StoreError
from watcher.ingest.schedule import GAP
from watcher.judge import store_listing
from watcher.line import Line
from watcher.model import Dispatch, Listing, Status, Surface
from watcher.pipeline import deliver
from watcher.store import outbox

HOUR = timedelta(hours=1)
LONG = " ".join(f"word{number}" for number in range(60))
SECOND_CHANNEL = """
[channels.other]
url = "json://other.example"
[[routes]]
channels = ["other", "desk"]
"""


@pytest.fixture
def straight(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


async def test_a_first_poll_is_a_baseline_and_alerts_nobody(straight: World) -> None:
    poll = await straight.shows("feed", "Coal of old", "Rain falls")
    assert (poll.is_baseline, poll.new, poll.alerts) == (True, 2, 0)
    assert straight.alerts == straight.outbox == straight.sent == []
    poll = await straight.shows("feed", "Coal again", "Coal of old", "Rain falls")
    assert (poll.is_baseline, poll.new, poll.alerts) == (False, 1, 1)
    assert straight.alerted == [("new", "Coal again")]
    assert len(straight.sent) == 1
    assert "Coal again" in straight.sent[0].body


async def test_a_first_poll_that_shows_nothing_is_no_baseline_yet(straight: World) -> None:
    await straight.shows("feed")
    assert (await straight.shows("feed", "Coal of old")).is_baseline
    assert straight.alerts == []


async def test_a_backfill_makes_news_of_a_first_poll(straight: World) -> None:
    straight.pages["feed"] = [Entry("Coal of old"), Entry("Rain falls")]
    done = await straight.round(is_backfill=True)
    assert done.sent.sent == 1
    assert straight.alerted == [("new", "Coal of old")]


async def test_a_rule_added_later_knows_the_archive_and_alerts_on_what_comes(straight: World) -> None:
    await straight.shows("feed", "Rain in May")
    await straight.shows("feed", "Rain in June", "Rain in May")
    straight.write("rules/rain.yaml", rule_on("rain"))
    await straight.shows("feed", Entry("Rain in June", "Rain, as it is now known."), "Rain in May")
    assert straight.alerts == []
    await straight.shows("feed", "Rain in July", "Rain in June")
    assert straight.alerted == [("new", "Rain in July")]


async def test_a_rule_that_is_changed_does_not_repeat_what_it_told(straight: World) -> None:
    await straight.shows("feed", "Rain")
    await straight.shows("feed", "Coal one", "Rain")
    straight.write("rules/coal.yaml", rule_on("coal").replace("text: coal", "text: coal OR rain"))
    await straight.shows("feed", Entry("Coal one", "Coal and more coal."), "Rain")
    assert straight.alerted == [("new", "Coal one")]


async def test_an_edit_that_makes_a_rule_match_for_the_first_time_alerts_once(straight: World) -> None:
    await straight.shows("feed", Entry("Report", f"{LONG} ore", "http://feed.example/1"))
    poll = await straight.shows("feed", Entry("Report", f"{LONG} coal", "http://feed.example/1"))
    assert (poll.new, poll.edited, poll.alerts) == (0, 1, 1)
    poll = await straight.shows("feed", Entry("Report", f"{LONG} black coal", "http://feed.example/1"))
    assert (poll.edited, poll.alerts) == (1, 0)
    assert straight.alerted == [("new", "Report")]


async def test_edits_are_told_to_a_rule_that_asks_for_them_each_once(straight: World) -> None:
    straight.write("rules/coal.yaml", rule_on("coal", "events: [edited]"))
    page = [Entry("Coal report", f"{LONG} {text}", "http://feed.example/1") for text in ("a", "b", "c")]
    await straight.shows("feed", page[0])
    assert (await straight.shows("feed", page[1])).alerts == 1
    assert (await straight.shows("feed", page[1], "Rain")).alerts == 0
    assert (await straight.shows("feed", page[2], "Rain")).alerts == 1
    assert (await straight.shows("feed", "Coal that is new", page[2])).alerts == 0
    assert straight.alerted == [("edited", "Coal report")] * 2


async def test_a_further_surface_is_told_to_a_rule_that_asks_for_promotions(straight: World) -> None:
    straight.write("rules/coal.yaml", rule_on("coal", "events: [promoted]"))
    first, second = (Entry("Coal report", LONG, f"http://feed.example/{number}") for number in (1, 2))
    await straight.shows("feed", first)
    assert (await straight.shows("feed", second, first)).alerts == 1
    assert (await straight.shows("feed", first, second, "Rain")).alerts == 0
    assert straight.alerted == [("promoted", "Coal report")]


async def test_new_fires_when_a_source_in_scope_carries_what_another_showed_before(straight: World) -> None:
    straight.configure("feed", "agency")
    straight.write("rules/coal.yaml", rule_on("coal", "sources: [agency]"))
    await straight.shows("feed", "Rain")
    await straight.shows("agency", "Snow")
    assert (await straight.shows("feed", "Coal report", "Rain")).alerts == 0
    poll = await straight.shows("agency", "Coal report", "Snow")
    assert (poll.new, poll.alerts) == (0, 1)
    assert (await straight.shows("agency", "Hail", "Coal report", "Snow")).alerts == 0


async def test_two_sources_of_one_outlet_that_show_the_same_text_make_one_alert(straight: World) -> None:
    straight.configure("feed", "front")
    await straight.shows("front", "Rain")
    straight.pages = {name: [Entry("Coal report", LONG), Entry("Rain")] for name in ("feed", "front")}
    straight.pages["feed"] = [Entry("Rain")]
    await straight.round(HOUR)
    straight.pages["feed"] = [Entry("Coal report", LONG), Entry("Rain")]
    await straight.round(HOUR)
    (coal,) = [each for each in straight.dispatches if each.headline == "Coal report"]
    assert [surface.source for surface in coal.surfaces] == ["front", "feed"]
    assert straight.alerted == [("new", "Coal report")]
    assert len(straight.sent) == 1


async def test_two_sources_polled_at_once_make_one_dispatch_and_one_alert(straight: World) -> None:
    straight.configure("feed", "front")
    straight.pages = {"feed": [Entry("Rain")], "front": [Entry("Snow")]}
    await straight.round()
    straight.pages = {name: [Entry("Coal report", LONG), *page] for name, page in straight.pages.items()}
    await straight.round(HOUR)
    assert sorted(each.headline for each in straight.dispatches) == ["Coal report", "Rain", "Snow"]
    assert straight.alerted == [("new", "Coal report")]


async def test_what_a_new_sources_baseline_took_is_news_where_a_live_source_shows_it(straight: World) -> None:
    straight.configure("feed")
    await straight.shows("feed", "Rain")
    straight.configure("feed", "other")
    straight.pages["feed"] = FetchError("feed", "no answer")
    await straight.shows("other", "Coal one", "Coal of last year", "Rain")
    assert straight.alerted == []
    await straight.shows("feed", "Coal one", "Rain")
    assert straight.alerted == [("new", "Coal one")]
    await straight.shows("feed", "Coal one", "Rain", "More rain")
    assert straight.alerted == [("new", "Coal one")]


async def test_what_stood_in_a_baseline_is_no_news_where_a_source_shows_it_later_on(straight: World) -> None:
    straight.configure("feed", "other")
    straight.pages["other"] = [Entry("Coal of last year")]
    await straight.shows("feed", "Rain")
    await straight.shows("feed", "Coal of last year", "Rain")
    assert straight.alerted == []


async def test_of_two_short_texts_that_share_all_but_their_body_each_is_read(straight: World) -> None:
    await straight.shows("feed", "Rain")
    link = "http://feed.example/"
    await straight.shows(
        "feed",
        Entry("News in brief", "Rain fell in the south, and roads were closed for hours.", link),
        Entry("News in brief", "A coal mine was opened by the minister in the north.", link),
    )
    assert [event for event, _ in straight.alerted] == ["new"]


async def test_a_tag_that_brings_a_source_into_scope_makes_no_news_of_its_archive(straight: World) -> None:
    straight.write("rules/coal.yaml", rule_on("coal", "sources: [watched]\n"))
    await straight.shows("feed", "Rain")
    await straight.shows("feed", "Coal one", "Rain")
    straight.configure("feed", tags=("watched",))
    await straight.shows("feed", Entry("Coal one", "Coal, said at more length."), "Coal two", "Rain")
    assert straight.alerted == [("new", "Coal two")]


async def test_a_flood_of_old_dispatches_goes_out_as_one_message_that_says_so(straight: World) -> None:
    await straight.shows("feed", "Rain")
    old = [Entry(f"Coal report {number}", day=START - timedelta(days=40)) for number in range(20)]
    poll = await straight.shows("feed", "Coal of today", *old, "Rain")
    assert (poll.new, poll.alerts) == (21, 21)
    assert len(straight.sent) == 2
    flood = next(message for message in straight.sent if "20 old alerts" in message.title)
    assert all(entry.headline in flood.body for entry in old)
    assert {row.status for row in straight.outbox} == {Status.SENT}


async def test_nineteen_old_dispatches_are_no_flood(straight: World) -> None:
    await straight.shows("feed", "Rain")
    old = [Entry(f"Coal report {number}", day=START - timedelta(days=40)) for number in range(19)]
    assert (await straight.shows("feed", *old, "Rain")).alerts == 19
    assert len(straight.sent) == 19


async def test_a_possible_gap_is_a_warning_and_a_notice_once(straight: World) -> None:
    await straight.shows("feed", "Rain one")
    await straight.shows("feed", "Rain two", "Rain one")
    poll = await straight.shows("feed", "Rain nine")
    assert poll.after.warning == straight.source("feed").warning == GAP
    await straight.round(HOUR)
    assert straight.titles == ["Source feed: a warning"]
    assert (await straight.shows("feed", "Rain ten", "Rain nine")).after.warning == ""


async def test_a_list_whose_every_entry_was_touched_is_no_gap(straight: World) -> None:
    await straight.shows("feed", "Rain one")
    await straight.shows("feed", "Rain two", "Rain one")
    poll = await straight.shows("feed", Entry("Rain two", "Rain two, it was said."))
    assert (poll.edited, poll.after.warning) == (1, "")


async def test_what_cannot_be_stored_leaves_the_etag_and_comes_again(straight: World) -> None:
    await straight.shows("feed", "Rain")
    before = straight.source("feed")
    news = [Entry("Coal report", "coal " * 20_000), Entry("Rain")]
    with full_disk(straight):
        poll = await straight.shows("feed", *news)
    assert "free some space" in poll.error
    after = straight.source("feed")
    assert (after.etag, after.body_hash) == (before.etag, before.body_hash)
    assert [each.headline for each in straight.dispatches] == ["Rain"]
    poll = await straight.shows("feed", *news)
    assert straight.asked[-1] == ("feed", before.etag)
    assert (poll.new, poll.alerts, len(straight.sent)) == (1, 1, 1)
    assert straight.source("feed").etag == etag_of(rss(news))


@contextmanager
def full_disk(straight: World) -> Iterator[None]:
    """While it lasts, the database cannot grow by more than a few pages."""
    engine = straight.store._engine
    engine.dispose()
    sa.event.listen(engine, "connect", limit_growth)
    yield
    sa.event.remove(engine, "connect", limit_growth)
    engine.dispose()


def limit_growth(connection: sqlite3.Connection, _: object) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 8}")


async def test_a_poll_without_news_is_recorded(straight: World) -> None:
    await straight.shows("feed", "Rain")
    poll = await straight.shows("feed", "Rain")
    assert straight.source("feed") == poll.after
    assert poll.after.polled_at == poll.after.succeeded_at == straight.now
    assert poll.after.next_poll_at > straight.now


async def test_a_text_that_is_merged_in_the_poll_that_brought_it_is_told_of_once(straight: World) -> None:
    whole, part = f"Coal. {LONG} {LONG}", f"Coal. {LONG}"
    links = [f"http://feed.example/{number}" for number in (1, 2)]
    shown = [
        Dispatch("o", "Coal report", body, (Surface("feed", link),), mark=f"{body}{link}")
        for body, link in ((whole, links[1]), (part, links[1]), (whole, links[0]))
    ]
    with straight.store.write() as tx:
        older, younger, last = store_listing(tx, Listing(tuple(shown), ()), START)
    assert younger.placement.known is None
    assert last.placement.absorbed is not None
    assert older.dispatch == younger.dispatch == last.dispatch


async def test_a_slow_target_gets_one_message_at_a_time_and_holds_up_no_other(straight: World) -> None:
    straight.configure("feed", more=SECOND_CHANNEL)
    go, asked = asyncio.Event(), []

    async def wait() -> None:
        asked.append("other")
        await go.wait()

    straight.refuse["other"] = wait
    straight.pages["feed"] = [Entry("Coal one"), Entry("Coal two"), Entry("Coal three")]
    delivery = asyncio.create_task(straight.round(is_backfill=True))
    while len(straight.sent) < 3:
        await asyncio.sleep(0.01)
    assert asked == ["other"]
    assert {message.target.channel for message in straight.sent} == {"desk"}
    go.set()
    assert (await delivery).sent.sent == 6


@pytest.fixture
async def refused(straight: World) -> World:
    """Two messages wait to be tried again, and now is the time."""
    straight.pages["feed"] = [Entry("Coal one"), Entry("Coal two")]
    straight.refuse["desk"] = NotifyError("desk", "not now")
    assert (await straight.round(is_backfill=True)).sent.later == 2
    del straight.refuse["desk"]
    straight.now += HOUR
    return straight


async def test_nothing_is_claimed_while_no_line_is_in_force(refused: World) -> None:
    line = refused.line()
    assert (await deliver(lambda: None, refused.clock)).sent == 0
    assert (await deliver(lambda: None if refused.sent else line, refused.clock)).sent == 1
    assert (await deliver(lambda: line, refused.clock)).sent == 1


async def test_an_answer_that_cannot_be_recorded_at_first_is_kept_and_nothing_repeats(
    refused: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, settle = [], outbox.settle_sent

    def refuse_once(*given: Any) -> bool:
        calls.append(given)
        if len(calls) == 1:
            raise StoreError("the database is locked by another program")
        return settle(*given)

    monkeypatch.setattr(outbox, "settle_sent", refuse_once)
    assert (await refused.round()).sent.sent == len(refused.sent) == 2


async def test_what_a_channel_refused_is_delivered_once_its_url_is_mended(refused: World) -> None:
    config = refused.folder / "config.toml"
    config.write_text(config.read_text().replace("json://desk.example", "json://mended.example"))
    assert (await refused.round()).sent.sent == 2
    assert {message.target.label for message in refused.sent} == {"json://mended.example"}


async def test_a_database_that_refuses_a_claim_lets_what_is_on_its_way_be_settled(refused: World) -> None:
    line, has_failed = refused.line(), asyncio.Event()
    refused.refuse["desk"] = has_failed.wait

    def in_force() -> Line:
        if any(row.attempts == 2 for row in refused.outbox):
            has_failed.set()
            raise StoreError("the disk is full")
        return line

    with pytest.raises(StoreError):
        await deliver(in_force, refused.clock)
    assert sorted(row.status for row in refused.outbox) == [Status.PENDING, Status.SENT]


async def test_a_message_whose_sending_fails_by_a_bug_is_settled_and_stops_no_other(straight: World) -> None:
    straight.configure("feed", more=SECOND_CHANNEL)
    straight.refuse["other"] = TypeError("a bug")
    straight.pages["feed"] = [Entry("Coal one"), Entry("Coal two")]
    with pytest.raises(TypeError):
        await straight.round(is_backfill=True)
    assert len(straight.sent) == 2
    other = [row for row in straight.outbox if row.channel == "other"]
    assert [(row.status, row.attempts, "TypeError" in row.answer) for row in other] == [
        (Status.PENDING, 1, True)
    ] * 2
    del straight.refuse["other"]
    await straight.round(HOUR)
    assert len(straight.sent) == 4

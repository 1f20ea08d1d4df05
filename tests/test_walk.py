"""Two months of real dispatches, day by day, through the whole line."""

import json
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from watcher import config
from watcher.ingest.identity import fingerprint
from watcher.line import Line
from watcher.log import open_log
from watcher.model import Dispatch, Message
from watcher.service.assemble import assembled
from watcher.service.once import round_of
from watcher.store import Store, alerts, dispatches

START = datetime(2024, 8, 4, 12, tzinfo=UTC)


def shown_by(kcna_site) -> dict[str, set[str]]:
    """Every distinct text that the feed shows on its 58 days, by fingerprint, with its links."""
    texts: dict[str, set[str]] = defaultdict(set)
    for day in kcna_site.days:
        kcna_site.day = day
        for record in kcna_site.visible()[:60]:
            bears = datetime.fromisoformat(record["date"]).date() if record["date"] else None
            seen = Dispatch("kcna.kp", record["headline"], record["text"], (), day=bears)
            texts[fingerprint(seen)].add(record["link"].partition(".kp")[2])
    return texts


async def accept(_: Message) -> str:
    return "accepted"


class Walk:
    """A walk through the days of the site: the same clock, a day a round."""

    def __init__(self, line: Line, url: str, clock: list[datetime]) -> None:
        self._line, self._url, self._clock = line, url, clock

    def move(self, to: str = "") -> str:
        request = urllib.request.Request(f"{self._url}/_day{to and f'?to={to}'}", method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["day"]

    async def through(self, days: list[str]) -> tuple[int, int]:
        """How many dispatches and alerts a walk through these days brings."""
        new = told = 0
        for day in days:
            self.move(day)
            self._clock[0] += timedelta(days=1)
            done = await round_of(self._line, lambda: self._clock[0], open_log())
            assert not done.failed
            new += sum(poll.new for poll in done.polls)
            told += sum(poll.alerts for poll in done.polls)
        return new, told


@pytest.mark.parametrize("feed", ["rss.xml", "atom.xml"])
async def test_a_walk_stores_every_distinct_text_once_with_its_surfaces(
    feed: str, site_url: str, configure, kcna_site
) -> None:
    settings = config.load(configure(kcna=f"{site_url}/{feed}"))
    store = Store.open(settings.database)
    clock = [START]
    async with assembled(settings, store, lambda: clock[0], accept) as line:
        walk = Walk(line, site_url, clock)
        first = await walk.through(kcna_site.days)
        second = await walk.through(kcna_site.days[::7])
    with store.read() as tx:
        stored = dispatches.listing(tx, 10_000)
        told = alerts.listing(tx, 10_000)
    store.close()
    expected = shown_by(kcna_site)
    assert {each.fingerprint: _paths(each) for each in stored} == dict(expected)
    assert first[0] == len(stored) == len(expected) > 600
    assert second == (0, 0)
    assert sum(each.headline == "Press Review" for each in stored) >= 35
    assert first[1] == len(told)
    assert {record.alert.match.rule for record in told} == {"economic-sectors"}


def _paths(dispatch: Dispatch) -> set[str]:
    return {
        surface.link.partition("/en/")[2] and "/en/" + surface.link.partition("/en/")[2]
        for surface in dispatch.surfaces
    }

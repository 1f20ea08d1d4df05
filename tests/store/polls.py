"""Polls as the pipeline makes them, of dispatches as a parser would see them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from watcher.ingest.identity import Held, identify, place
from watcher.model import Dispatch, Placement, Surface
from watcher.store import Transaction, dispatches

NOW = datetime(2024, 8, 3, 21, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2024, 8, 4)
LONG = " ".join(f"word{number}" for number in range(60))


def seen(
    headline: str = "Plenum held",
    body: str = LONG,
    link: str = "https://kcna.test/1",
    source: str = "kcna",
    section: str = "",
    **more: object,
) -> Dispatch:
    """What one entry of a poll shows, identified."""
    surface = Surface(source, link, section)
    fields = {"day": DAY, "outlet": "kcna.test", **more}
    return identify(Dispatch(headline=headline, body=body, surfaces=(surface,), **fields), [link])


def place_all(
    tx: Transaction, shown: Iterable[Dispatch], now: datetime = NOW
) -> list[tuple[Placement, Dispatch]]:
    """Where each of them was placed, and the dispatch it belongs to as `recording` gave it."""
    shown, held, placed = list(shown), Held(), []
    for known in dispatches.held(tx, shown):
        held.keep(known)
    with dispatches.recording(tx, now) as record:
        for each in shown:
            placement = place(each, held)
            if placement.absorbed:
                held.drop(placement.absorbed)
            dispatch = record(placement)
            held.keep(dispatch)
            placed.append((placement, dispatch))
    return placed


def poll(tx: Transaction, *shown: Dispatch, now: datetime = NOW) -> list[Dispatch]:
    """The dispatches that these entries belong to, once recorded."""
    return [dispatch for _, dispatch in place_all(tx, shown, now)]

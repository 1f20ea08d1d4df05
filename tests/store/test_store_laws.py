"""For any sequence of polls, the tables hold what a plain dictionary would."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polls import DAY, HOUR, LONG, NOW, place_all, seen

from watcher.ingest.identity import Held, place
from watcher.model import Change, Dispatch, Placement, Surface, Version
from watcher.store import Store, Transaction, dispatches, search

WORDS = LONG.split()
OTHER = [f"other{number}" for number in range(60)]
BODIES = [
    *(" ".join(WORDS[:length]) for length in (45, 50, 60)),
    *(" ".join([*WORDS[:length], "changed", *WORDS[length:]]) for length in (20, 45)),
    " ".join(OTHER),
    " ".join(OTHER[:45]),
    "A short text of the first kind.",
    "A short text of the first kind. It goes on.",
    "Another.",
    "",
]


ENTRIES = st.builds(
    seen,
    headline=st.sampled_from(["Plenum held", "Plenum Held!", "Press Review"]),
    body=st.sampled_from(BODIES),
    link=st.sampled_from(["", *(f"https://kcna.test/{number}" for number in range(3))]),
    source=st.sampled_from(["kcna", "rodong"]),
    section=st.sampled_from(["", "politics"]),
    outlet=st.sampled_from(["kcna.test", "kcna.test", "rodong.test"]),
    day=st.sampled_from([DAY, None]),
    author=st.sampled_from(["", "KCNA"]),
)
POLLS = st.lists(st.lists(ENTRIES, min_size=1, max_size=6), min_size=1, max_size=5)
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Memory:
    """What record does, in a dictionary: every dispatch is at hand, and nothing has an id but dispatches."""

    def __init__(self) -> None:
        self.held, self.known, self.ids = Held(), {}, 0

    def poll(self, shown: list[Dispatch], now: datetime) -> list[Placement]:
        placements = []
        for entry in shown:
            placement = place(entry, self.held)
            placements.append(placement)
            if placement.absorbed:
                self.held.drop(placement.absorbed)
                del self.known[placement.absorbed.id]
            dispatch = self._recorded(placement, now)
            self.held.keep(dispatch)
            self.known[dispatch.id] = dispatch
        return placements

    def _recorded(self, placement: Placement, now: datetime) -> Dispatch:
        entry, dispatch = placement.seen, placement.known
        new = tuple(replace(each, first_seen=now, last_seen=now) for each in placement.surfaces)
        text = Version(entry.headline, entry.body, entry.fingerprint, seen=now)
        if dispatch is None:
            self.ids += 1
            return replace(entry, id=self.ids, first_seen=now, surfaces=new, versions=(text,), mark="")
        surfaces, versions = dispatch.surfaces, dispatch.versions
        if younger := placement.absorbed:
            spots = {_spot(surface) for surface in surfaces}
            surfaces += tuple(surface for surface in younger.surfaces if _spot(surface) not in spots)
            texts = [(each.headline, each.body) for each in (*versions, text)]
            moved = tuple(each for each in younger.versions if (each.headline, each.body) not in texts)
            versions = (*versions[:-1], *moved, versions[-1])
            dispatch = _completed(dispatch, younger)
        if placement.change is Change.GROWN:
            versions = (*versions[:-1], replace(text, seen=versions[-1].seen))
        if placement.change is Change.EDITED:
            versions = (*versions, text)
        if placement.change is Change.VARIANT:
            versions = (*versions[:-1], text, versions[-1])
        surfaces = tuple(_seen_again(surface, entry, now) for surface in surfaces) + new
        current = versions[-1]
        return replace(
            _completed(dispatch, entry),
            headline=current.headline,
            body=current.body,
            fingerprint=current.fingerprint,
            surfaces=surfaces,
            versions=tuple(replace(each, number=number) for number, each in enumerate(versions, 1)),
        )


def _completed(dispatch: Dispatch, other: Dispatch) -> Dispatch:
    return replace(dispatch, author=dispatch.author or other.author, day=dispatch.day or other.day)


def _seen_again(surface: Surface, entry: Dispatch, now: datetime) -> Surface:
    [shown] = entry.surfaces
    if (shown.source, shown.canonical) != (surface.source, surface.canonical):
        return surface
    last_seen = now if shown.section == surface.section else surface.last_seen
    return replace(surface, shown=shown.shown, last_seen=last_seen)


def _spot(surface: Surface) -> tuple[str, str, str]:
    return surface.source, surface.canonical, surface.section


def _without_ids(known: dict[int, Dispatch]) -> dict[int, Dispatch]:
    return {
        each: replace(
            dispatch,
            surfaces=tuple(sorted((replace(surface, id=0) for surface in dispatch.surfaces), key=_spot)),
            versions=tuple(replace(version, id=0) for version in dispatch.versions),
        )
        for each, dispatch in known.items()
    }


def _stored(tx: Transaction) -> dict[int, Dispatch]:
    return {dispatch.id: dispatch for batch in dispatches.every(tx, 100) for dispatch in batch}


def _texts(tx: Transaction) -> list[tuple[object, ...]]:
    return [
        (each.id, each.versions, [_spot(surface) for surface in each.surfaces])
        for each in _stored(tx).values()
    ]


class _Enough(Exception):
    """Takes everything back, so that the next example begins with empty tables."""


def _in_empty_tables(store: Store, run: Callable[[Transaction], None]) -> None:
    with contextlib.suppress(_Enough), store.write() as tx:
        run(tx)
        raise _Enough


@EXAMPLES
@given(POLLS)
def test_the_tables_hold_what_a_dictionary_would(store: Store, polls: list[list[Dispatch]]):
    def run(tx: Transaction) -> None:
        memory = Memory()
        for number, shown in enumerate(polls):
            now = NOW + number * HOUR
            placed = place_all(tx, shown, now)
            expected = memory.poll(shown, now)
            assert [placement.change for placement, _ in placed] == [each.change for each in expected]
            assert _without_ids(_stored(tx)) == _without_ids(memory.known)
            recorded = {dispatch.id: dispatch for _, dispatch in placed if dispatch.id in memory.known}
            stored = _stored(tx)
            assert recorded == {each: stored[each] for each in recorded}

    _in_empty_tables(store, run)


@EXAMPLES
@given(POLLS)
def test_each_is_found_by_its_current_headline(store: Store, polls: list[list[Dispatch]]):
    def run(tx: Transaction) -> None:
        for shown in polls:
            place_all(tx, shown)
        for dispatch in _stored(tx).values():
            found = search.candidates(tx, frozenset([dispatch.headline]))
            assert dispatch.id in {each.id for each in found}

    _in_empty_tables(store, run)


@EXAMPLES
@given(st.lists(ENTRIES, min_size=1, max_size=8))
def test_the_same_entry_again_is_no_news(store: Store, entries: list[Dispatch]):
    """At most it shows that two dispatches are one, and then they merge."""

    def run(tx: Transaction) -> None:
        for entry in entries:
            place_all(tx, [entry])
            [(second, _)] = place_all(tx, [entry])
            assert second.change is Change.SAME or (second.change is Change.GROWN and second.absorbed)
            before = _texts(tx)
            [(third, _)] = place_all(tx, [entry])
            assert third.change is Change.SAME
            assert _texts(tx) == before

    _in_empty_tables(store, run)

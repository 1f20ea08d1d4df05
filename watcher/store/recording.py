"""Recording where seen dispatches belong: worked out in memory, and written in one go."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from watcher.model import Change, Dispatch, Placement, Surface, Version
from watcher.store import schema
from watcher.store.engine import Transaction
from watcher.store.writing import Changes, write

_PARTICULARS = ("author", "language", "day", "published")
_LAST_IDS = sa.select(
    *(
        sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)).scalar_subquery()
        for table in (schema.dispatches, schema.versions, schema.surfaces)
    )
)


@contextlib.contextmanager
def recording(tx: Transaction, now: datetime) -> Iterator[Callable[[Placement], Dispatch]]:
    """Gives what records a placement: from it comes what the dispatch is known to be afterwards.

    A placement must have been made of what `held` gave, and of what was recorded since. The tables follow
    at the end of the block, if it ends well.
    """
    recorder = _Recorder(tx, now)
    yield recorder.record
    write(tx, recorder.changes)


class _Recorder:
    """Gives out ids: a transaction that writes is alone, so those after the last ones are free."""

    def __init__(self, tx: Transaction, now: datetime) -> None:
        self.changes = Changes()
        self._now = now
        ids = (count(last + 1) for last in tx.execute(_LAST_IDS).one())
        self._dispatch_ids, self._version_ids, self._surface_ids = ids

    def record(self, placement: Placement) -> Dispatch:
        known = placement.known
        for held in (known, placement.absorbed):
            if held:
                self.changes.touch(held)
        dispatch = self._placed(known, placement) if known else self._new(placement.seen)
        self.changes.after[dispatch.id] = dispatch
        return dispatch

    def _new(self, seen: Dispatch) -> Dispatch:
        return replace(
            seen,
            id=next(self._dispatch_ids),
            first_seen=self._now,
            versions=(self._version(seen, 1),),
            surfaces=self._further(seen.surfaces),
            mark="",
        )

    def _placed(self, dispatch: Dispatch, placement: Placement) -> Dispatch:
        seen, younger = placement.seen, placement.absorbed
        if younger:
            self.changes.merged[younger.id] = dispatch.id
            dispatch = _absorbed(dispatch, younger, seen)
        if placement.change is Change.GROWN:
            dispatch = _grown(dispatch, seen)
        elif placement.change is Change.EDITED:
            version = self._version(seen, dispatch.versions[-1].number + 1)
            dispatch = _with_text(dispatch, (*dispatch.versions, version))
        elif placement.change is Change.VARIANT:
            version = self._version(seen, dispatch.versions[-1].number)
            dispatch = replace(dispatch, versions=_before_the_last(dispatch.versions, [version]))
        surfaces = (*_seen_again(dispatch.surfaces, seen, self._now), *self._further(placement.surfaces))
        return _completed(replace(dispatch, surfaces=surfaces), seen)

    def _version(self, seen: Dispatch, number: int) -> Version:
        return Version(seen.headline, seen.body, seen.fingerprint, number, self._now, next(self._version_ids))

    def _further(self, surfaces: Iterable[Surface]) -> tuple[Surface, ...]:
        """Surfaces as they are stored; one that was seen twice is one."""
        distinct = {_spot(surface): surface for surface in surfaces}
        return tuple(
            replace(surface, id=next(self._surface_ids), first_seen=self._now, last_seen=self._now)
            for surface in distinct.values()
        )


def _absorbed(dispatch: Dispatch, younger: Dispatch, seen: Dispatch) -> Dispatch:
    """The younger gives the older its surfaces, former texts, and what was not known of it.

    What both have stays where it is: alerts point to it.
    """
    have = {_spot(surface) for surface in dispatch.surfaces}
    moved = (surface for surface in younger.surfaces if _spot(surface) not in have)
    surfaces = sorted((*dispatch.surfaces, *moved), key=lambda surface: surface.id)
    texts = {(version.headline, version.body) for version in dispatch.versions}
    texts.add((seen.headline, seen.body))
    former = [version for version in younger.versions if (version.headline, version.body) not in texts]
    versions = _before_the_last(dispatch.versions, former)
    return _completed(replace(dispatch, surfaces=tuple(surfaces), versions=versions), younger)


def _grown(dispatch: Dispatch, seen: Dispatch) -> Dispatch:
    """The current version grows: its text is replaced by the longer one."""
    *former, current = dispatch.versions
    grown = replace(current, headline=seen.headline, body=seen.body, fingerprint=seen.fingerprint)
    return _with_text(dispatch, (*former, grown))


def _with_text(dispatch: Dispatch, versions: tuple[Version, ...]) -> Dispatch:
    """The dispatch with other versions, the last of them its current text."""
    current = versions[-1]
    return replace(
        dispatch,
        headline=current.headline,
        body=current.body,
        fingerprint=current.fingerprint,
        versions=versions,
    )


def _before_the_last(versions: tuple[Version, ...], further: list[Version]) -> tuple[Version, ...]:
    """The versions with further ones that are not the current text: the last one stays the last."""
    *former, last = versions
    numbered = (replace(version, number=number) for number, version in enumerate(further, last.number))
    return (*former, *numbered, replace(last, number=last.number + len(further)))


def _seen_again(surfaces: Iterable[Surface], seen: Dispatch, now: datetime) -> Iterator[Surface]:
    """The surfaces that show it again; under one link a source shows the same in every section."""
    spots = {_spot(surface) for surface in seen.surfaces}
    shown = {(surface.source, surface.canonical): surface.shown for surface in seen.surfaces}
    for surface in surfaces:
        length = shown.get((surface.source, surface.canonical))
        if length is None:
            yield surface
        else:
            last_seen = now if _spot(surface) in spots else surface.last_seen
            yield replace(surface, shown=length, last_seen=last_seen)


def _completed(dispatch: Dispatch, other: Dispatch) -> Dispatch:
    """Fill in what was not known of the dispatch and is known of the other."""
    learned: dict[str, Any] = {
        name: value
        for name in _PARTICULARS
        if not getattr(dispatch, name) and (value := getattr(other, name))
    }
    return replace(dispatch, **learned) if learned else dispatch


def _spot(surface: Surface) -> tuple[str, str, str]:
    return surface.source, surface.canonical, surface.section

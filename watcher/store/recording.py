"""Recording where a seen dispatch belongs. What comes back is what the tables now hold."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Change, Dispatch, Placement, Surface, Version
from watcher.store import schema, terms
from watcher.store.engine import Transaction

_ADD_DISPATCH = schema.dispatches.insert().returning(schema.dispatches.c.id)
_ADD_VERSION = schema.versions.insert().returning(schema.versions.c.id)
_ADD_SURFACE = schema.surfaces.insert().returning(schema.surfaces.c.id)
_SET_DISPATCH = schema.dispatches.update().where(schema.dispatches.c.id == sa.bindparam("of_id"))
_SET_VERSION = schema.versions.update().where(schema.versions.c.id == sa.bindparam("of_id"))
_SET_SURFACE = schema.surfaces.update().where(schema.surfaces.c.id == sa.bindparam("of_id"))
_MOVE_MARKS = schema.marks.update().where(schema.marks.c.dispatch == sa.bindparam("of_id"))
_MERGE = schema.dispatches.update().where(
    sa.or_(
        schema.dispatches.c.id == sa.bindparam("of_id"),
        schema.dispatches.c.merged_into == sa.bindparam("of_id"),
    )
)


def record(tx: Transaction, placement: Placement, now: datetime) -> Dispatch:
    """Store a seen dispatch where it was placed; what it is known to be afterwards.

    `placement` must have been made of what `held` gave, and of what was recorded since, in this transaction.
    """
    seen, dispatch = placement.seen, placement.known
    if dispatch is None:
        return _add(tx, seen, now)
    if placement.absorbed:
        dispatch = _absorb(tx, dispatch, placement.absorbed, seen)
        dispatch = _complete(tx, dispatch, placement.absorbed)
    if placement.change is Change.GROWN:
        dispatch = _grow(tx, dispatch, seen)
    elif placement.change is Change.EDITED:
        dispatch = _edit(tx, dispatch, seen, now)
    elif placement.change is Change.VARIANT:
        dispatch = _vary(tx, dispatch, seen, now)
    dispatch = _see_again(tx, dispatch, seen, now)
    further = _add_surfaces(tx, dispatch.id, placement.surfaces, now)
    return _complete(tx, replace(dispatch, surfaces=dispatch.surfaces + further), seen)


def _add(tx: Transaction, seen: Dispatch, now: datetime) -> Dispatch:
    row = {"outlet": seen.outlet, "first_seen": now, "current": 1, **_particulars(seen)}
    dispatch = _insert(tx, _ADD_DISPATCH, row)
    version = _add_version(tx, dispatch, seen, 1, now)
    surfaces = _add_surfaces(tx, dispatch, seen.surfaces, now)
    terms.add(tx, dispatch, seen.headline, seen.body)
    return replace(seen, id=dispatch, first_seen=now, versions=(version,), surfaces=surfaces, mark="")


def _grow(tx: Transaction, dispatch: Dispatch, seen: Dispatch) -> Dispatch:
    """The current version grows: its text is replaced by the longer one."""
    version = dispatch.versions[-1]
    tx.execute(_SET_VERSION, {"of_id": version.id, **_text(seen)})
    grown = replace(version, headline=seen.headline, body=seen.body, fingerprint=seen.fingerprint)
    return _with_text(tx, dispatch, (*dispatch.versions[:-1], grown))


def _edit(tx: Transaction, dispatch: Dispatch, seen: Dispatch, now: datetime) -> Dispatch:
    number = dispatch.versions[-1].number + 1
    edited = _add_version(tx, dispatch.id, seen, number, now)
    tx.execute(_SET_DISPATCH, {"of_id": dispatch.id, "current": number})
    return _with_text(tx, dispatch, (*dispatch.versions, edited))


def _vary(tx: Transaction, dispatch: Dispatch, seen: Dispatch, now: datetime) -> Dispatch:
    """The current text under another headline: kept as a version, though not as the current one."""
    *former, current = dispatch.versions
    last = replace(current, number=current.number + 1)
    tx.execute(_SET_VERSION, {"of_id": last.id, "number": last.number})
    tx.execute(_SET_DISPATCH, {"of_id": dispatch.id, "current": last.number})
    variant = _add_version(tx, dispatch.id, seen, current.number, now)
    return replace(dispatch, versions=(*former, variant, last))


def _absorb(tx: Transaction, dispatch: Dispatch, younger: Dispatch, seen: Dispatch) -> Dispatch:
    """The younger gives the older its surfaces, marks and former texts, and is merged into it.

    What both have stays where it is: alerts point to it.
    """
    have = {_spot(surface) for surface in dispatch.surfaces}
    moved = tuple(surface for surface in younger.surfaces if _spot(surface) not in have)
    _many(tx, _SET_SURFACE, [{"of_id": surface.id, "dispatch": dispatch.id} for surface in moved])
    surfaces = sorted(dispatch.surfaces + moved, key=lambda surface: surface.id)
    versions = _move_versions(tx, dispatch, younger, seen)
    tx.execute(_MOVE_MARKS, {"of_id": younger.id, "dispatch": dispatch.id})
    tx.execute(_MERGE, {"of_id": younger.id, "merged_into": dispatch.id})
    terms.drop(tx, younger.id, younger.headline, younger.body)
    return replace(dispatch, surfaces=tuple(surfaces), versions=versions)


def _move_versions(
    tx: Transaction, dispatch: Dispatch, younger: Dispatch, seen: Dispatch
) -> tuple[Version, ...]:
    """The versions of both, the current one last."""
    texts = {(version.headline, version.body) for version in dispatch.versions}
    texts.add((seen.headline, seen.body))
    moved = [version for version in younger.versions if (version.headline, version.body) not in texts]
    if not moved:
        return dispatch.versions
    *former, current = dispatch.versions
    first = current.number
    last = replace(current, number=first + len(moved))
    tx.execute(_SET_VERSION, {"of_id": last.id, "number": last.number})
    tx.execute(_SET_DISPATCH, {"of_id": dispatch.id, "current": last.number})
    moved = [replace(version, number=number) for number, version in enumerate(moved, first)]
    rows = [{"of_id": version.id, "dispatch": dispatch.id, "number": version.number} for version in moved]
    _many(tx, _SET_VERSION, rows)
    return (*former, *moved, last)


def _with_text(tx: Transaction, dispatch: Dispatch, versions: tuple[Version, ...]) -> Dispatch:
    """The dispatch with other versions, the last of them its current text; the index follows."""
    current = versions[-1]
    terms.drop(tx, dispatch.id, dispatch.headline, dispatch.body)
    terms.add(tx, dispatch.id, current.headline, current.body)
    return replace(
        dispatch,
        headline=current.headline,
        body=current.body,
        fingerprint=current.fingerprint,
        versions=versions,
    )


def _see_again(tx: Transaction, dispatch: Dispatch, seen: Dispatch, now: datetime) -> Dispatch:
    """The surfaces that show it again; under one link a source shows the same in every section."""
    spots = {_spot(surface) for surface in seen.surfaces}
    shown = {(surface.source, surface.canonical): surface.shown for surface in seen.surfaces}
    surfaces = tuple(
        replace(
            surface,
            shown=shown.get((surface.source, surface.canonical), surface.shown),
            last_seen=now if _spot(surface) in spots else surface.last_seen,
        )
        for surface in dispatch.surfaces
    )
    changed = [
        {"of_id": after.id, "shown": after.shown, "last_seen": after.last_seen}
        for before, after in zip(dispatch.surfaces, surfaces, strict=True)
        if before != after
    ]
    _many(tx, _SET_SURFACE, changed)
    return replace(dispatch, surfaces=surfaces)


def _complete(tx: Transaction, dispatch: Dispatch, other: Dispatch) -> Dispatch:
    """Fill in what was not known of the dispatch and is known of the other."""
    ours = _particulars(dispatch)
    learned = {name: value for name, value in _particulars(other).items() if value and not ours[name]}
    if not learned:
        return dispatch
    tx.execute(_SET_DISPATCH, {"of_id": dispatch.id, **learned})
    return replace(dispatch, **learned)


def _add_version(tx: Transaction, dispatch: int, seen: Dispatch, number: int, now: datetime) -> Version:
    row = {"dispatch": dispatch, **_text(seen), "number": number, "seen": now}
    key = _insert(tx, _ADD_VERSION, row)
    return Version(seen.headline, seen.body, seen.fingerprint, number, now, key)


def _add_surfaces(
    tx: Transaction, dispatch: int, further: Iterable[Surface], now: datetime
) -> tuple[Surface, ...]:
    """The surfaces as they are stored; one that was seen twice is one."""
    distinct = {_spot(surface): surface for surface in further}
    return tuple(_add_surface(tx, dispatch, surface, now) for surface in distinct.values())


def _add_surface(tx: Transaction, dispatch: int, surface: Surface, now: datetime) -> Surface:
    row = {
        "dispatch": dispatch,
        "source": surface.source,
        "link": surface.link,
        "canonical": surface.canonical,
        "section": surface.section,
        "shown": surface.shown,
        "first_seen": now,
        "last_seen": now,
    }
    return replace(surface, id=_insert(tx, _ADD_SURFACE, row), first_seen=now, last_seen=now)


def _insert(tx: Transaction, statement: sa.Executable, row: dict[str, Any]) -> int:
    return int(tx.execute(statement, row).scalar_one())


def _many(tx: Transaction, statement: sa.Update, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.execute(statement, rows)


def _text(seen: Dispatch) -> dict[str, str]:
    return {"headline": seen.headline, "body": seen.body, "fingerprint": seen.fingerprint}


def _particulars(dispatch: Dispatch) -> dict[str, Any]:
    return {name: getattr(dispatch, name) for name in ("author", "language", "day", "published")}


def _spot(surface: Surface) -> tuple[str, str, str]:
    return surface.source, surface.canonical, surface.section

"""Dispatches: what was published, in which versions, and where it was seen.

One that was merged into another is gone from here, and its id leads to the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Dispatch, Surface, Version
from watcher.store import schema
from watcher.store.among import among, rows_among
from watcher.store.engine import Transaction
from watcher.store.recording import recording

__all__ = ["LATEST_UNDER_A_LINK", "count", "every", "get", "held", "listing", "load", "recording"]

LATEST_UNDER_A_LINK = 50

_DISPATCHES = schema.dispatches.c
_VERSIONS = schema.versions.c
_SURFACES = schema.surfaces.c
_IS_OWN = _DISPATCHES.merged_into.is_(None)


_ROWS = sa.select(schema.dispatches).where(among(_DISPATCHES.id), _IS_OWN)
_VERSIONS_OF = sa.select(schema.versions).where(among(_VERSIONS.dispatch)).order_by(_VERSIONS.number)
_SURFACES_OF = sa.select(schema.surfaces).where(among(_SURFACES.dispatch)).order_by(_SURFACES.id)
_OF_FINGERPRINT = sa.select(_DISPATCHES.id).join(schema.versions).where(among(_VERSIONS.fingerprint), _IS_OWN)


def _of_link() -> sa.Select[tuple[int]]:
    """The ids of the latest dispatches under each link: thousands may stand under that of a front page."""
    stands = (
        sa.select(_SURFACES.canonical, _SURFACES.dispatch)
        .join(schema.dispatches)
        .where(among(_SURFACES.canonical), _IS_OWN)
        .distinct()
        .subquery()
    )
    rank = sa.func.row_number().over(partition_by=stands.c.canonical, order_by=stands.c.dispatch.desc())
    ranked = sa.select(stands.c.dispatch, rank.label("rank")).subquery()
    return sa.select(ranked.c.dispatch).where(ranked.c.rank <= LATEST_UNDER_A_LINK)


_OF_LINK = _of_link()


def held(tx: Transaction, seen: Iterable[Dispatch]) -> list[Dispatch]:
    """Those that what was seen may belong to: all of a fingerprint, and the latest under a link."""
    fingerprints: set[str] = set()
    links: set[str] = set()
    for dispatch in seen:
        fingerprints.add(dispatch.fingerprint)
        links.update(surface.canonical for surface in dispatch.surfaces if surface.canonical)
    ids = {row.id for row in rows_among(tx, _OF_FINGERPRINT, sorted(fingerprints))}
    ids.update(row.dispatch for row in rows_among(tx, _OF_LINK, sorted(links)))
    return load(tx, sorted(ids))


def get(tx: Transaction, dispatch: int) -> Dispatch | None:
    """The dispatch of that id, or the one it was merged into."""
    wanted = sa.select(sa.func.coalesce(_DISPATCHES.merged_into, _DISPATCHES.id))
    own = tx.execute(wanted.where(_DISPATCHES.id == dispatch)).scalar()
    return None if own is None else load(tx, [own])[0]


def listing(tx: Transaction, limit: int, source: str = "", since: datetime | None = None) -> list[Dispatch]:
    """The latest first; of one source, first seen since then, where asked for."""
    wanted = sa.select(_DISPATCHES.id).where(_IS_OWN)
    if source:
        stands = sa.exists().where(_SURFACES.dispatch == _DISPATCHES.id, _SURFACES.source == source)
        wanted = wanted.where(stands)
    if since:
        wanted = wanted.where(_DISPATCHES.first_seen >= since)
    wanted = wanted.order_by(_DISPATCHES.first_seen.desc(), _DISPATCHES.id.desc()).limit(limit)
    return load(tx, tx.execute(wanted).scalars().all())


def every(tx: Transaction, batch: int) -> Iterator[list[Dispatch]]:
    """All of them, the oldest first, `batch` at a time."""
    wanted = sa.select(_DISPATCHES.id).where(_IS_OWN).order_by(_DISPATCHES.id).limit(batch)
    last = 0
    while ids := tx.execute(wanted.where(_DISPATCHES.id > last)).scalars().all():
        yield load(tx, ids)
        last = ids[-1]


def count(tx: Transaction) -> int:
    return tx.execute(sa.select(sa.func.count()).where(_IS_OWN)).scalar_one()


def load(tx: Transaction, ids: Sequence[int]) -> list[Dispatch]:
    """The dispatches of these ids, in this order; those that were merged into another are left out."""
    versions: dict[int, list[Version]] = defaultdict(list)
    for row in rows_among(tx, _VERSIONS_OF, ids):
        versions[row.dispatch].append(_version(row))
    surfaces: dict[int, list[Surface]] = defaultdict(list)
    for row in rows_among(tx, _SURFACES_OF, ids):
        surfaces[row.dispatch].append(_surface(row))
    found = {row.id: _dispatch(row, versions[row.id], surfaces[row.id]) for row in rows_among(tx, _ROWS, ids)}
    return [found[each] for each in ids if each in found]


def _dispatch(row: sa.Row[Any], versions: Sequence[Version], surfaces: Sequence[Surface]) -> Dispatch:
    current = next(version for version in versions if version.number == row.current)
    return Dispatch(
        outlet=row.outlet,
        headline=current.headline,
        body=current.body,
        surfaces=tuple(surfaces),
        fingerprint=current.fingerprint,
        author=row.author,
        language=row.language,
        day=row.day,
        published=row.published,
        first_seen=row.first_seen,
        versions=tuple(versions),
        id=row.id,
    )


def _version(row: sa.Row[Any]) -> Version:
    return Version(row.headline, row.body, row.fingerprint, row.number, row.seen, row.id)


def _surface(row: sa.Row[Any]) -> Surface:
    return Surface(
        source=row.source,
        link=row.link,
        section=row.section,
        canonical=row.canonical,
        shown=row.shown,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        id=row.id,
    )

"""Writing what became of dispatches: the rows that differ, one statement for all of a kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from watcher.model import Dispatch
from watcher.store import terms
from watcher.store.among import for_each
from watcher.store.engine import Transaction
from watcher.store.schema import dispatches, marks, surfaces, versions

_Rows = Mapping[int, Mapping[str, Any]]

_CHANGING = {
    dispatches: ("author", "language", "day", "published", "current"),
    versions: ("dispatch", "number", "headline", "body", "fingerprint"),
    surfaces: ("dispatch", "shown", "last_seen"),
}
_ADD = {table: table.insert() for table in _CHANGING}
_SET = {table: table.update().where(table.c.id == sa.bindparam("of_id")) for table in _CHANGING}
_FREE_NUMBER = _SET[versions].values(number=-versions.c.id)
_MOVE_MARKS = marks.update().where(
    marks.c.source == sa.bindparam("of_source"), marks.c.dispatch == sa.bindparam("of_id")
)
_MERGE = dispatches.update().where(
    (dispatches.c.id == sa.bindparam("of_id")) | (dispatches.c.merged_into == sa.bindparam("of_id"))
)


@dataclass(slots=True)
class Changes:
    """Dispatches as the tables hold them and as they shall be, and which merged into which, in order.

    One that merged is here as it was: what the other took from it is among the other's, too.
    """

    before: dict[int, Dispatch] = field(default_factory=dict)
    after: dict[int, Dispatch] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)

    def touch(self, dispatch: Dispatch) -> None:
        """Say that a dispatch changes. The first time, it is as the tables hold it."""
        if dispatch.id not in self.after:
            self.before[dispatch.id] = self.after[dispatch.id] = dispatch


def write(tx: Transaction, changes: Changes) -> None:
    """Make the tables follow, and the full-text index."""
    before = list(changes.before.values())
    left = [changes.after[key] for key in changes.merged]
    live = [dispatch for key, dispatch in changes.after.items() if key not in changes.merged]
    after = [*left, *live]  # what was taken is found last where it is now
    _write_rows(tx, dispatches, _dispatch_rows(before), _dispatch_rows(after))
    _write_rows(tx, versions, _version_rows(before), _version_rows(after))
    _write_rows(tx, surfaces, _surface_rows(before), _surface_rows(after))
    _merge(tx, changes)
    terms.update(tx, before, live)


def _write_rows(tx: Transaction, table: sa.Table, before: _Rows, after: _Rows) -> None:
    changed = {key: after[key] for key, row in before.items() if row != after[key]}
    if table is versions:  # a number may be another's until that one has its new number
        renumbered = [key for key, row in changed.items() if row["number"] != before[key]["number"]]
        for_each(tx, _FREE_NUMBER, [{"of_id": key} for key in renumbered])
    columns = _CHANGING[table]
    for_each(
        tx,
        _SET[table],
        [{"of_id": key, **{each: row[each] for each in columns}} for key, row in changed.items()],
    )
    for_each(tx, _ADD[table], [row for key, row in after.items() if key not in before])


def _merge(tx: Transaction, changes: Changes) -> None:
    """Lead to the older what led to the younger: its id, and the marks of the sources it was seen on."""
    merged = changes.merged.items()
    for_each(tx, _MERGE, [{"of_id": younger, "merged_into": older} for younger, older in merged])
    moved = [
        {"of_source": source, "of_id": younger, "dispatch": older}
        for younger, older in merged
        for source in {surface.source for surface in changes.after[younger].surfaces}
    ]
    for_each(tx, _MOVE_MARKS, moved)


def _dispatch_rows(those: Iterable[Dispatch]) -> _Rows:
    return {
        dispatch.id: {
            "id": dispatch.id,
            "outlet": dispatch.outlet,
            "author": dispatch.author,
            "language": dispatch.language,
            "day": dispatch.day,
            "published": dispatch.published,
            "first_seen": dispatch.first_seen,
            "current": dispatch.versions[-1].number,
        }
        for dispatch in those
    }


def _version_rows(those: Iterable[Dispatch]) -> _Rows:
    return {
        version.id: {
            "id": version.id,
            "dispatch": dispatch.id,
            "number": version.number,
            "headline": version.headline,
            "body": version.body,
            "fingerprint": version.fingerprint,
            "seen": version.seen,
        }
        for dispatch in those
        for version in dispatch.versions
    }


def _surface_rows(those: Iterable[Dispatch]) -> _Rows:
    return {
        surface.id: {
            "id": surface.id,
            "dispatch": dispatch.id,
            "source": surface.source,
            "link": surface.link,
            "canonical": surface.canonical,
            "section": surface.section,
            "shown": surface.shown,
            "first_seen": surface.first_seen,
            "last_seen": surface.last_seen,
        }
        for dispatch in those
        for surface in dispatch.surfaces
    }

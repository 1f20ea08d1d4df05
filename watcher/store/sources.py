"""Sources: when each is due, what its last polls left behind, and what its list showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.model import Source
from watcher.store import schema
from watcher.store.among import for_each
from watcher.store.engine import Transaction

_SOURCES = schema.sources.c
_OURS = ("name", "shape", "enabled", "every", "tags", "claimed")
_STATE = tuple(column.name for column in _SOURCES if column.name not in _OURS)

_ADD = schema.sources.insert()
_SAVE = schema.sources.update().where(
    _SOURCES.name == sa.bindparam("of_name"), _SOURCES.shape == sa.bindparam("of_shape")
)
_SET = schema.sources.update().where(_SOURCES.name == sa.bindparam("of_name"))
_FREE = sa.select(schema.sources).where(
    _SOURCES.enabled,
    sa.or_(_SOURCES.not_before.is_(None), _SOURCES.not_before <= sa.bindparam("now")),
)
_DUE = (
    _FREE.where(_SOURCES.next_poll_at <= sa.bindparam("now"))
    .order_by(_SOURCES.next_poll_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_MARKS = sa.select(schema.marks.c.mark, schema.marks.c.dispatch).where(
    schema.marks.c.source == sa.bindparam("of_name")
)
_ADD_MARK = schema.marks.insert()
_DROP_MARK = schema.marks.delete().where(
    schema.marks.c.source == sa.bindparam("of_name"), schema.marks.c.mark == sa.bindparam("of_mark")
)
_MERGED_INTO = sa.select(schema.dispatches.c.merged_into).where(
    schema.dispatches.c.id == sa.bindparam("of_dispatch")
)
_LEAVE = schema.surfaces.update().where(
    schema.surfaces.c.source == sa.bindparam("of_name"),
    schema.surfaces.c.dispatch
    == sa.func.coalesce(_MERGED_INTO.scalar_subquery(), sa.bindparam("of_dispatch")),
)


def sync(tx: Transaction, configured: Iterable[Source], now: datetime) -> None:
    """Make the rows match the configuration.

    A source that is new, or reads another list than before, knows nothing and is due at once. One
    that is no longer configured is disabled, and keeps what it knows in case it comes back. One that
    reads its list under another name was renamed, and knows what it knew.
    """
    rows = {row.name: row for row in tx.execute(sa.select(schema.sources))}
    wanted = {source.name: source for source in configured}
    fresh = [_fresh(source, now) for source in wanted.values()]
    for_each(tx, _ADD, [row for row in fresh if row["name"] not in rows])
    former = {row.shape: row for name, row in rows.items() if name not in wanted}
    for row in fresh:
        if row["name"] not in rows and row["shape"] in former:
            _rename(tx, former[row["shape"]], row["name"])
    for row in fresh:
        known = rows.get(row["name"])
        if known and known.shape != row["shape"]:
            tx.execute(schema.marks.delete().where(schema.marks.c.source == known.name))
            tx.execute(_SET, {"of_name": known.name, **row})
        elif known:
            _adjust(tx, known, wanted[known.name], now)
    for name in rows.keys() - wanted.keys():
        tx.execute(_SET, {"of_name": name, "enabled": False})


def claim_due(tx: Transaction, configured: Mapping[str, Source], now: datetime, limit: int) -> list[Source]:
    """The sources that are due, the longest due first; until they are saved, they are due again in `every`.

    Those that are to be left in peace (Retry-After, 410) are.
    """
    return _claim(tx, tx.execute(_DUE, {"now": now, "most": limit}).all(), configured, now)


def claim_all(tx: Transaction, configured: Mapping[str, Source], now: datetime) -> list[Source]:
    """Every enabled source, due or not, but for those that are to be left in peace."""
    return _claim(tx, tx.execute(_FREE, {"now": now}).all(), configured, now)


def release(tx: Transaction, now: datetime) -> None:
    """What a dead process was polling falls due now. For the one process that holds the store."""
    tx.execute(schema.sources.update().where(_SOURCES.claimed).values(claimed=False, next_poll_at=now))


def new_tags(tx: Transaction, configured: Mapping[str, Source]) -> frozenset[str]:
    """The tags that known sources have now, and had not when they were last synced."""
    rows = tx.execute(sa.select(_SOURCES.name, _SOURCES.tags))
    added = (configured[row.name].tags.difference(row.tags) for row in rows if row.name in configured)
    return frozenset[str]().union(*added)


def listing(tx: Transaction, configured: Mapping[str, Source]) -> list[Source]:
    """The configured sources, each with what its polls left behind."""
    rows = {row.name: row for row in tx.execute(sa.select(schema.sources))}
    return [_read(source, rows.get(source.name)) for source in configured.values()]


def save(tx: Transaction, source: Source) -> None:
    """Keep what a poll left behind, unless the source has become another list since."""
    save_many(tx, [source])


def save_many(tx: Transaction, polled: Iterable[Source]) -> None:
    """`save` for many at once."""
    rows = [
        {"of_name": source.name, "of_shape": source.shape, "claimed": False, **_state(source)}
        for source in polled
    ]
    for_each(tx, _SAVE, rows)


def marks(tx: Transaction, name: str) -> dict[str, int]:
    """The raw items that the source's list showed at its last good poll, each with its dispatch's id."""
    return {row[0]: row[1] for row in tx.execute(_MARKS, {"of_name": name})}


def replace_marks(
    tx: Transaction, name: str, before: Mapping[str, int], shown: Mapping[str, int], now: datetime
) -> None:
    """Keep what the list shows now. What left it was last seen there about now.

    before: the marks as the poll found them; their dispatches may have been merged since.
    """
    gone, come = before.keys() - shown.keys(), shown.keys() - before.keys()
    for_each(tx, _DROP_MARK, [{"of_name": name, "of_mark": mark} for mark in gone])
    for_each(tx, _ADD_MARK, [{"source": name, "mark": mark, "dispatch": shown[mark]} for mark in come])
    left = {before[mark] for mark in gone} - set(shown.values())
    for_each(tx, _LEAVE, [{"of_name": name, "of_dispatch": each, "last_seen": now} for each in left])


def _claim(
    tx: Transaction, rows: Sequence[sa.Row[Any]], configured: Mapping[str, Source], now: datetime
) -> list[Source]:
    claims = [
        {"of_name": row.name, "next_poll_at": now + timedelta(seconds=row.every), "claimed": True}
        for row in rows
    ]
    for_each(tx, _SET, claims)
    return [_read(configured[row.name], row) for row in rows if row.name in configured]


def _rename(tx: Transaction, former: sa.Row[Any], name: str) -> None:
    """Give what a source knew to the one that reads its list now."""
    tx.execute(_SET, {"of_name": name, **{column: getattr(former, column) for column in _STATE}})
    tx.execute(schema.marks.update().where(schema.marks.c.source == former.name).values(source=name))


def _adjust(tx: Transaction, known: sa.Row[Any], source: Source, now: datetime) -> None:
    """Follow a source whose list is the same, but which is switched on or off, tagged or polled otherwise."""
    every, tags = _seconds(source.every), sorted(source.tags)
    if (known.every, known.enabled, known.tags) == (every, source.enabled, tags):
        return
    due = known.next_poll_at if known.every == every else min(known.next_poll_at, now + source.every)
    changed = {"enabled": source.enabled, "every": every, "tags": tags, "next_poll_at": due}
    tx.execute(_SET, {"of_name": known.name, **changed})


def _fresh(source: Source, now: datetime) -> dict[str, Any]:
    """The row of a source that was never polled: nothing of what it holds but its configuration."""
    blank = Source(source.name, source.url, source.outlet, source.kind, next_poll_at=now)
    configured = {
        "name": source.name,
        "shape": source.shape,
        "enabled": source.enabled,
        "every": _seconds(source.every),
        "tags": sorted(source.tags),
    }
    return {**configured, "claimed": False, **_state(blank)}


def _read(source: Source, row: sa.Row[Any] | None) -> Source:
    """The source with what the row remembers, if that is of this list."""
    if row is None or row.shape != source.shape:
        return source
    return replace(source, **{name: getattr(row, name) for name in _STATE})


def _state(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in _STATE}


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())

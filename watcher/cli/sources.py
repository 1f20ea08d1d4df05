"""`watcher sources`: how each source does."""

from typing import TYPE_CHECKING, Any

from watcher.cli.options import Config, Json, opened, settings
from watcher.cli.show import say_json, say_table
from watcher.times import format_duration, iso, local

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.model import Source


def list_(config: Config = None, json: Json = False) -> None:
    """Every source: how it does, when it was last polled, and what is wrong with it."""
    from watcher.store import sources

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = sources.listing(tx, by.sources)
    if json:
        say_json([_as_json(source) for source in found])
        return
    headings = ("SOURCE", "STATE", "LAST GOOD POLL", "LAST NEWS", "EVERY", "WHAT IS WRONG")
    say_table(headings, [_row(source, by) for source in found], "No source is configured.")


def state(source: "Source") -> str:
    """One word: off, gone, failing, new (never polled well), warns, ok."""
    conditions = (
        ("off", not source.enabled),
        ("gone", source.gone_at is not None),
        ("failing", source.failures > 0),
        ("new", source.succeeded_at is None),
        ("warns", bool(source.warning)),
    )
    return next((word for word, holds in conditions if holds), "ok")


def _row(source: "Source", by: "Settings") -> tuple[str, ...]:
    times = (local(each, by.timezone) if each else "never" for each in (source.succeeded_at, source.news_at))
    return (source.name, state(source), *times, format_duration(source.every), source.error or source.warning)


def _as_json(source: "Source") -> dict[str, Any]:
    return {
        "name": source.name,
        "state": state(source),
        "url": source.shown_url,
        "kind": source.kind,
        "outlet": source.outlet,
        "tags": sorted(source.tags),
        "enabled": source.enabled,
        "every": format_duration(source.every),
        "polled_at": iso(source.polled_at),
        "succeeded_at": iso(source.succeeded_at),
        "news_at": iso(source.news_at),
        "next_poll_at": iso(source.next_poll_at) if source.polled_at else None,
        "failures": source.failures,
        "error": source.error,
        "warning": source.warning,
    }

"""The options that many commands share, and the settings and the store they lead to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.times import parse_duration

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.store import Store

Config = Annotated[
    Path | None,
    typer.Option("-c", "--config", metavar="FILE", help="The configuration to go by.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")]


def now() -> datetime:
    """The instant, in UTC. The command line and the service are the only ones to read the clock."""
    return datetime.now(UTC)


def config_path(config: Path | None) -> Path:
    """The configuration to go by: the one given, or where it is usually found."""
    from watcher.config import find

    return find(config)


def settings(config: Path | None) -> "Settings":
    """What the configuration says."""
    from watcher.config import load

    return load(config_path(config))


@contextmanager
def opened(by: "Settings") -> "Iterator[Store]":
    """The database, for reading and for short writes beside a running daemon."""
    from watcher.store import Store

    store = Store.open_known(by.database, by.path.parent)
    try:
        yield store
    finally:
        store.close()


def since(words: str | None, by: "Settings") -> datetime | None:
    """The instant that --since names: a day ("2024-08-04"), or how long ago ("2 days")."""
    if not words:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(words).date(), time.min, by.timezone).astimezone(UTC)
    except ValueError:
        pass
    try:
        return now() - parse_duration(words)
    except ValueError as error:
        raise typer.BadParameter(
            f'"{words}" is neither a day nor a duration; write 2024-08-04 or "2 days"', param_hint="--since"
        ) from error

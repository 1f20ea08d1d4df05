"""`watcher dispatches`: what was published, as it is stored."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.options import Config, Json, Limit, opened, settings, since
from watcher.cli.show import bold, dim, say, say_json, say_paragraphs, say_table, wrapped
from watcher.errors import StoreError
from watcher.notify.sendable import line
from watcher.times import iso, local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.config import Settings
    from watcher.model import Dispatch, Surface

SourceName = Annotated[str, typer.Option("--source", metavar="NAME", help="Only of this source.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="WHEN", help='First seen since a day, or "2 days" ago.')
]


def list_(
    config: Config = None,
    limit: Limit = 50,
    source: SourceName = "",
    since_: Since = None,
    json: Json = False,
) -> None:
    """The dispatches first seen last, the newest first."""
    from watcher.store import dispatches

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = dispatches.listing(tx, limit, source, since(since_, by))
    _say(found, by, json)


def search(
    expression: Annotated[str, typer.Argument(help="In the language of the rules: 'coal NEAR/5 mine*'")],
    config: Config = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The dispatches whose text makes an expression true, the newest first."""
    from watcher.rules.load import load_lists
    from watcher.rules.query import parse_query
    from watcher.store import search as index

    by = settings(config)
    query = parse_query(expression, load_lists(by.rules, expression))
    with opened(by) as store, store.read() as tx:
        candidates = index.candidates(tx, query.anchors)
        found = list(islice((each for each in candidates if query.evidence(each) is not None), limit))
    _say(found, by, json)


def show(
    dispatch: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)],
    config: Config = None,
    json: Json = False,
) -> None:
    """One dispatch: its text, where it was seen, and its versions."""
    from watcher.store import dispatches

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = dispatches.get(tx, dispatch)
    if found is None:
        raise StoreError(f"There is no dispatch {dispatch}; `watcher dispatches list` shows those there are")
    if json:
        say_json(
            as_json(found) | {"history": [_version(found, number) for number in range(len(found.versions))]}
        )
    else:
        _say_whole(found, by)


def as_json(dispatch: "Dispatch") -> dict[str, Any]:
    """A dispatch, by the names that other programs rely on."""
    return {
        "id": dispatch.id,
        "fingerprint": dispatch.fingerprint,
        "headline": dispatch.headline,
        "body": dispatch.body,
        "source": dispatch.source,
        "link": dispatch.link,
        "day": dispatch.day.isoformat() if dispatch.day else None,
        "published": iso(dispatch.published),
        "first_seen": iso(dispatch.first_seen),
        "versions": len(dispatch.versions),
        "surfaces": [_surface(surface) for surface in dispatch.surfaces],
    }


def _surface(surface: "Surface") -> dict[str, Any]:
    return {
        "source": surface.source,
        "link": surface.link,
        "section": surface.section,
        "seen": iso(surface.first_seen),
    }


def _version(dispatch: "Dispatch", place: int) -> dict[str, Any]:
    version = dispatch.versions[place]
    return {
        "number": version.number,
        "seen": iso(version.seen),
        "fingerprint": version.fingerprint,
        "headline": version.headline,
        "body": version.body,
    }


def _say(found: "Sequence[Dispatch]", by: "Settings", json: bool) -> None:
    if json:
        say_json([as_json(dispatch) for dispatch in found])
        return
    rows = [
        (
            str(dispatch.id),
            dispatch.day.isoformat() if dispatch.day else "",
            local(dispatch.first_seen, by.timezone),
            dispatch.source,
            dispatch.headline or dispatch.body[:200],
        )
        for dispatch in found
    ]
    say_table(("ID", "DAY", "SEEN", "SOURCE", "HEADLINE"), rows, "No dispatch is stored that fits.")


def _say_whole(dispatch: "Dispatch", by: "Settings") -> None:
    say(bold(wrapped(line(dispatch.headline))))
    say(dim(f"day {dispatch.day or 'none'}, first seen {local(dispatch.first_seen, by.timezone)}"))
    say()
    say_paragraphs(dispatch.body)
    say()
    for surface in dispatch.surfaces:
        say_paragraphs(f"{surface.source}  {surface.section}  {surface.link}")
    for version in dispatch.versions[1:]:
        say(f"edited: version {version.number}, seen {local(version.seen, by.timezone)}")

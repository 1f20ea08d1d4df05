"""Which channels an alert goes to, and that there always is one."""

from collections.abc import Collection

from watcher.config.draft import Draft, did_you_mean, texts
from watcher.config.tables import OperatorTable, RouteTable
from watcher.config.toml import Name
from watcher.notify.route import Route, catches_all


def routes(
    draft: Draft, written: object, channels: Collection[str], sources: Collection[str]
) -> tuple[Route, ...]:
    """The routes; a single channel needs none. sources: names and tags of sources."""
    if not isinstance(written, list):
        draft.problem(
            ("routes",), "write each route below its own [[routes]], with two brackets on each side"
        )
        return ()
    if not written:
        return _default(draft, channels)
    found = [
        _route(draft, table, ("routes", number), channels, sources) for number, table in enumerate(written)
    ]
    _check_order(draft, found)
    return tuple(route for route in found if route)


def operator(
    draft: Draft, written: object, channels: Collection[str], routed: tuple[Route, ...]
) -> tuple[str, ...]:
    """The channels that hear of what is broken: by default those of the last route."""
    if written is None:
        return routed[-1].channels if routed else ()
    _check_known(draft, ("operator", "channels"), texts(written, "channels"), "channel", channels)
    table = draft.table(OperatorTable, written, ("operator",))
    return tuple(table.channels) if table else ()


def _default(draft: Draft, channels: Collection[str]) -> tuple[Route, ...]:
    if len(channels) > 1:
        text = (
            f"of {len(channels)} channels none is the default; say at the end of the file which one "
            f'takes every alert: [[routes]], and below it channels = ["{next(iter(channels))}"]'
        )
        draft.problem(("routes",), text)
    return (Route(tuple(channels)),) if len(channels) == 1 else ()


def _route(
    draft: Draft, written: object, name: Name, channels: Collection[str], sources: Collection[str]
) -> Route | None:
    _check_known(draft, (*name, "sources"), texts(written, "sources"), "source or tag of a source", sources)
    _check_known(draft, (*name, "channels"), texts(written, "channels"), "channel", channels)
    table = draft.table(RouteTable, written, name)
    if table is None:
        return None
    return Route(
        tuple(table.channels),
        table.severity,
        frozenset(table.rules),
        frozenset(table.sources),
        frozenset(table.tags),
        table.continues,
    )


def _check_known(draft: Draft, name: Name, words: list[str], what: str, known: Collection[str]) -> None:
    """Note each word that nothing is called."""
    for number, word in enumerate(words):
        if word not in known:
            draft.problem(
                (*name, number), f'there is no {what} called "{word}"{did_you_mean(word, list(known))}'
            )


def _check_order(draft: Draft, found: list[Route | None]) -> None:
    """The last route takes every alert, and no other one keeps alerts from those after it."""
    for number, route in enumerate(found):
        is_last = number == len(found) - 1
        if route is None or (route.continues and not is_last):
            continue
        if is_last and not catches_all(route):
            text = (
                "the last route must take every alert, so that none is lost: add one more [[routes]] "
                f'after it, with channels = ["{route.channels[0]}"] and nothing else'
            )
            draft.problem(("routes", number), text)
        elif not is_last and catches_all(route):
            text = (
                "this route takes every alert, so that those after it never get one; "
                "move it to the end, or add continue = true"
            )
            draft.problem(("routes", number), text)

"""A memory of dispatches for tests of identity: what a store does with placements, in a few lines."""

from collections.abc import Iterable
from dataclasses import replace

from watcher.ingest.identity import Held, identify, place
from watcher.ingest.links import canonical
from watcher.model import Change, Dispatch, Placement, Surface, Version


class Memory:
    """Dispatches by id. `place` places what was seen, and remembers it."""

    def __init__(self) -> None:
        self.dispatches: dict[int, Dispatch] = {}
        self._held = Held()

    def place(self, seen: Dispatch) -> Placement:
        seen = identified(seen)
        placement = place(seen, self._held)
        if placement.absorbed:
            self._held.drop(placement.absorbed)
            del self.dispatches[placement.absorbed.id]
        dispatch = _after(placement, max(self.dispatches, default=0) + 1)
        self._held.keep(dispatch)
        self.dispatches[dispatch.id] = dispatch
        return placement

    def place_all(self, seen: Iterable[Dispatch]) -> list[Change]:
        return [self.place(each).change for each in seen]


def identified(seen: Dispatch) -> Dispatch:
    return identify(seen, [canonical(surface.link) for surface in seen.surfaces])


def _after(placement: Placement, next_id: int) -> Dispatch:
    seen, known = placement.seen, placement.known
    version = Version(seen.headline, seen.body, seen.fingerprint)
    if known is None:
        return replace(seen, id=next_id, versions=(version,))
    moved = placement.absorbed.surfaces if placement.absorbed else ()
    surfaces = _seen_again((*known.surfaces, *moved), seen) + placement.surfaces
    known = replace(known, surfaces=surfaces)
    if placement.change is Change.VARIANT:  # kept, though not as the current text
        return replace(known, versions=(version, *known.versions))
    if placement.change is Change.SAME:
        return known
    kept = known.versions[:-1] if placement.change is Change.GROWN else known.versions
    text = {"headline": seen.headline, "body": seen.body, "fingerprint": seen.fingerprint}
    return replace(known, versions=(*kept, version), **text)


def _seen_again(surfaces: Iterable[Surface], seen: Dispatch) -> tuple[Surface, ...]:
    """The surfaces with what they show now."""
    shown = {(surface.source, surface.canonical): surface.shown for surface in seen.surfaces}
    return tuple(
        replace(each, shown=shown.get((each.source, each.canonical), each.shown)) for each in surfaces
    )

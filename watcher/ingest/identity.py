"""Which dispatch a seen text belongs to: identity is the text, never the link or the title alone."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from watcher.model import Change, Dispatch, Placement, Surface
from watcher.text import fold

LONG_WORDS = 40
LONG_UNSPACED = 80
SHINGLE = 5
SIMILAR = 0.5
_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")  # Kana and Han


def fingerprint(dispatch: Dispatch) -> str:
    """The identity of a text: 32 hexadecimal digits.

    A body of 40 words or more (80 characters in Han and Kana) stands for itself. A shorter one is
    outlet + headline + day, and for want of a day the link.
    """
    return _fingerprint(dispatch, fold(dispatch.body))


def _fingerprint(dispatch: Dispatch, body: str) -> str:
    """The same, of a dispatch whose body is folded already."""
    if len(body.split()) >= LONG_WORDS or len(_UNSPACED.findall(body)) >= LONG_UNSPACED:
        return _digest("text", body)
    bears = dispatch.day.isoformat() if dispatch.day else _canonical(dispatch)
    return _digest("headline", dispatch.outlet, fold(dispatch.headline), bears)


def similarity(one: str, other: str) -> float:
    """The Jaccard index of the 5-word shingles of two texts (5 characters in Han and Kana), 0 to 1."""
    left, right = _shingles(one), _shingles(other)
    return len(left & right) / len(left | right) if left and right else 0.0


@dataclass
class Held:
    """The dispatches that a poll may touch, found by fingerprint or by link."""

    _dispatches: dict[int, Dispatch] = field(default_factory=dict)
    _by_fingerprint: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _by_link: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def keep(self, dispatch: Dispatch) -> None:
        """Hold the dispatch, in place of what was held under its id."""
        self._dispatches[dispatch.id] = dispatch
        for version in dispatch.versions:
            self._by_fingerprint[version.fingerprint].add(dispatch.id)
        for surface in dispatch.surfaces:
            self._by_link[surface.canonical].add(dispatch.id)

    def drop(self, dispatch: Dispatch) -> None:
        """Forget a dispatch that was merged into another."""
        self._dispatches.pop(dispatch.id, None)

    def of_fingerprint(self, wanted: str) -> list[Dispatch]:
        """Those that have a version of this fingerprint, the oldest first."""
        found = self._of(self._by_fingerprint.get(wanted, ()))
        return [known for known in found if any(version.fingerprint == wanted for version in known.versions)]

    def of_link(self, seen: Dispatch) -> list[Dispatch]:
        """Those of the same outlet that stand under a link of `seen`, the latest first."""
        links = {surface.canonical for surface in seen.surfaces if surface.canonical}
        found = self._of(set().union(*(self._by_link.get(link, ()) for link in links)))
        return [known for known in reversed(found) if known.outlet == seen.outlet]

    def _of(self, ids: Iterable[int]) -> list[Dispatch]:
        return [self._dispatches[key] for key in sorted(ids) if key in self._dispatches]


def identify(seen: Dispatch, canonical: Sequence[str]) -> Dispatch:
    """The seen dispatch with its fingerprint and the canonical links of its surfaces."""
    body = fold(seen.body)
    pairs = zip(seen.surfaces, canonical, strict=True)
    surfaces = tuple(replace(surface, canonical=link, shown=len(body)) for surface, link in pairs)
    seen = replace(seen, surfaces=surfaces)
    return replace(seen, fingerprint=_fingerprint(seen, body))


def place(seen: Dispatch, held: Held) -> Placement:
    """Where a seen dispatch belongs, by four laws in this order.

    1. The fingerprint of a version we hold: that dispatch. (Short texts that share headline and day only
       are told apart by what they say, and by what stands under their links.)
    2. A known link of the outlet whose text only grew, or of which this shows less: that dispatch.
    3. A known link and a similar text: another version of that dispatch.
    4. Else a dispatch of its own, though its headline or its link is known.
    """
    for known in held.of_fingerprint(seen.fingerprint):
        if not _stand_apart(known, seen) and not _is_held_elsewhere(known, seen, held):
            other = _grown_into(seen, known, held)
            older, younger = (other, known) if other and other.id < known.id else (known, other)
            return _placement(seen, older, younger)
    for known in held.of_link(seen):
        if _belongs(known, seen):
            return _placement(seen, known)
    return Placement(Change.NEW, seen, surfaces=seen.surfaces)


def _placement(seen: Dispatch, known: Dispatch, absorbed: Dispatch | None = None) -> Placement:
    have = {_spot(surface) for surface in known.surfaces + (absorbed.surfaces if absorbed else ())}
    further = tuple(surface for surface in seen.surfaces if _spot(surface) not in have)
    return Placement(_change(known, seen), seen, known, further, absorbed)


def _change(known: Dispatch, seen: Dispatch) -> Change:
    """What `seen` means for `known`, if it is the same piece at all."""
    headline, body = fold(seen.headline), fold(seen.body)
    texts = [(fold(version.headline), fold(version.body)) for version in known.versions]
    if (headline, body) in texts:
        return Change.SAME
    held_headline, held_body = fold(known.headline), fold(known.body)
    here = _standing(known, seen)
    if body == held_body:
        return Change.EDITED if here else Change.VARIANT
    if headline != held_headline:
        return Change.EDITED
    if body.startswith(held_body):
        return Change.GROWN
    cut_here = any(surface.shown >= len(held_body) for surface in here)
    return Change.SAME if held_body.startswith(body) and not cut_here else Change.EDITED


def _standing(known: Dispatch, seen: Dispatch) -> list[Surface]:
    """The surfaces of `known` on which `seen` stands: the same source and the same link."""
    places = {(surface.source, surface.canonical) for surface in seen.surfaces}
    return [surface for surface in known.surfaces if (surface.source, surface.canonical) in places]


def _belongs(known: Dispatch, seen: Dispatch) -> bool:
    """Is `seen`, under a link of `known`, the same piece?"""
    if _change(known, seen) in (Change.SAME, Change.GROWN):
        return True
    same_headline = fold(known.headline) == fold(seen.headline)
    cut = same_headline and fold(known.body).startswith(fold(seen.body))
    return cut or _similar(known, seen)


def _stand_apart(known: Dispatch, seen: Dispatch) -> bool:
    """Do two short texts share headline and day only? Then they are two dispatches, not one."""
    if _standing(known, seen) or not seen.body or not known.body:
        return False
    return _change(known, seen) is Change.EDITED and not _similar(known, seen)


def _is_held_elsewhere(known: Dispatch, seen: Dispatch, held: Held) -> bool:
    """Would `known` grow by a text that another dispatch, under the link of `seen`, holds already?"""
    if _standing(known, seen) or _change(known, seen) is not Change.GROWN:
        return False
    others = (other for other in held.of_link(seen) if other.id != known.id)
    return any(_change(other, seen) is Change.SAME for other in others)


def _grown_into(seen: Dispatch, known: Dispatch, held: Held) -> Dispatch | None:
    """Another dispatch under this link that held the beginning of this text only.

    One that was emptied is none: anything begins like it.
    """
    for other in held.of_link(seen):
        was_emptied = not other.body and any(version.body for version in other.versions)
        if other.id != known.id and not was_emptied and _change(other, seen) is Change.GROWN:
            return other
    return None


def _similar(known: Dispatch, seen: Dispatch) -> bool:
    return similarity(f"{known.headline}\n{known.body}", f"{seen.headline}\n{seen.body}") >= SIMILAR


def _shingles(text: str) -> set[str]:
    folded = fold(text)
    unspaced = len(_UNSPACED.findall(folded)) * 2 > len(folded)
    parts: Sequence[str] = folded.replace(" ", "") if unspaced else folded.split()
    glue = "" if unspaced else " "
    size = min(SHINGLE, len(parts))
    return {glue.join(parts[at : at + size]) for at in range(len(parts) - size + 1)} if size else set()


def _spot(surface: Surface) -> tuple[str, str, str]:
    return surface.source, surface.canonical, surface.section


def _canonical(dispatch: Dispatch) -> str:
    return next((surface.canonical for surface in dispatch.surfaces if surface.canonical), "")


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()

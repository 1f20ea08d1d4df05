"""From a listing to alerts: stores what a poll showed, and lets the rules judge what happened to it.

All of it inside the transaction of the poll.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.ingest import schedule
from watcher.ingest.identity import Held, identify, place
from watcher.ingest.links import canonical
from watcher.line import Line
from watcher.model import (
    Alert,
    Change,
    Decision,
    Dispatch,
    Event,
    Listing,
    Match,
    Notification,
    Occasion,
    Placement,
    Source,
    Surface,
)
from watcher.notify.route import channels_for
from watcher.rules.rule import Rule
from watcher.rules.state import decide
from watcher.store import Transaction, alerts, dispatches, outbox


@dataclass(frozen=True, slots=True)
class Stored:
    """Where one seen dispatch was placed, and the dispatch it belongs to as it is after the poll."""

    placement: Placement
    dispatch: Dispatch

    @property
    def is_new(self) -> bool:
        return self.placement.change is Change.NEW

    @property
    def is_edited(self) -> bool:
        return self.placement.change is Change.EDITED


def store_listing(tx: Transaction, listing: Listing, now: datetime) -> list[Stored]:
    """Place and record the dispatches of a listing, the last one shown first: lists begin with the newest."""
    seen = [_identified(dispatch) for dispatch in reversed(listing.dispatches)]
    held = Held()
    for known in dispatches.held(tx, seen):
        held.keep(known)
    placements = []
    with dispatches.recording(tx, now) as record:
        for each in seen:
            placement = place(each, held)
            if placement.absorbed:
                held.drop(placement.absorbed)
            dispatch = record(placement)
            held.keep(dispatch)
            placements.append(Stored(placement, dispatch))
    return _as_they_are_now(placements)


def judge(
    tx: Transaction, line: Line, source: Source, stored: Sequence[Stored], now: datetime
) -> list[Decision]:
    """Record what the rules make of it: matches, stories, alerts, and a notification for each target."""
    live = source.baselined_at is not None or line.is_backfill
    old = schedule.flooded(source, [each.dispatch for each in stored if each.is_new])
    batch = f"flood {source.name} {now.isoformat()}"
    decisions = []
    known = alerts.known(tx, {each.dispatch.id for each in stored})
    if live:
        known -= alerts.unheard(tx, _late(source, stored))
    matches: dict[tuple[int, str, str], list[Match]] = {}
    for occasion in _occasions(stored, live, old):
        read = (occasion.dispatch.id, occasion.dispatch.headline, occasion.dispatch.body)
        if read not in matches:
            matches[read] = _matches(line, occasion.dispatch)
        for found in matches[read]:
            rule = line.rules.rules[found.rule]
            key = (rule.id, occasion.dispatch.id, occasion.event, occasion.occurrence)
            if occasion.event in rule.events and key not in known:
                known.add(key)
                decision = _decide(tx, rule, found, occasion, now)
                decisions.append(decision)
                _notify(tx, line, rule, decision, batch if occasion.old else "")
    return decisions


def _late(source: Source, stored: Sequence[Stored]) -> set[int]:
    """The dispatches that came since the source's last good poll, and that another source showed before it.

    If that was its first poll, they were a baseline there. Here they are news.
    """
    return {
        each.dispatch.id
        for each in stored
        if source.succeeded_at
        and each.dispatch.first_seen > source.succeeded_at
        and any(surface.source == source.name for surface in each.placement.surfaces)
    }


def _as_they_are_now(stored: Sequence[Stored]) -> list[Stored]:
    """Each with its dispatch as the last of them left it: changed again, or merged into another."""
    latest = {}
    for each in stored:
        latest[each.dispatch.id] = each.dispatch
        if each.placement.absorbed:
            latest[each.placement.absorbed.id] = each.dispatch
    return [replace(each, dispatch=_latest(each.dispatch, latest)) for each in stored]


def _latest(dispatch: Dispatch, latest: Mapping[int, Dispatch]) -> Dispatch:
    while latest[dispatch.id] is not dispatch:
        dispatch = latest[dispatch.id]
    return dispatch


def _identified(dispatch: Dispatch) -> Dispatch:
    return identify(dispatch, [canonical(surface.link) for surface in dispatch.surfaces])


def _occasions(stored: Sequence[Stored], live: bool, old: frozenset[int]) -> Iterator[Occasion]:
    """What happened to each dispatch, as `new` too: any change may make a rule match for the first time."""
    fresh = {each.dispatch.id for each in stored if each.is_new}
    for each in stored:
        dispatch, placement = each.dispatch, each.placement
        yield Occasion(_as_shown(each), Event.NEW, live=live, old=dispatch.id in old)
        if dispatch.id in fresh:
            continue
        if each.is_edited:
            yield Occasion(dispatch, Event.EDITED, str(dispatch.versions[-1].id), live)
        for surface in _recorded(dispatch, placement.surfaces):
            yield Occasion(dispatch, Event.PROMOTED, str(surface.id), live)


def _as_shown(stored: Stored) -> Dispatch:
    """The dispatch with the text that was seen: a further one of this poll may have taken its place since."""
    seen = stored.placement.seen
    if stored.placement.change in (Change.SAME, Change.GROWN):
        return stored.dispatch
    return replace(stored.dispatch, headline=seen.headline, body=seen.body)


def _recorded(dispatch: Dispatch, further: Sequence[Surface]) -> list[Surface]:
    """The surfaces as they are stored, of those that a poll added."""
    spots = {(surface.source, surface.canonical, surface.section) for surface in further}
    return [each for each in dispatch.surfaces if (each.source, each.canonical, each.section) in spots]


def _matches(line: Line, dispatch: Dispatch) -> list[Match]:
    names, tags = _scope(line, dispatch)
    return line.rules.match(dispatch, names | tags)


def _scope(line: Line, dispatch: Dispatch) -> tuple[frozenset[str], frozenset[str]]:
    return line.scope(frozenset(surface.source for surface in dispatch.surfaces))


def _decide(tx: Transaction, rule: Rule, match: Match, occasion: Occasion, now: datetime) -> Decision:
    stories = alerts.open_stories(tx, [rule.id], now) if occasion.live else []
    return alerts.record(tx, decide(rule, match, occasion, stories, now), now)


def _notify(tx: Transaction, line: Line, rule: Rule, decision: Decision, batch: str) -> None:
    """A notification for every target of the alert, if there is one and it is not a draft's."""
    alert = decision.alert
    if alert is None or alert.draft:
        return
    targets = (target for name in _channels(line, rule, alert) for target in line.targets[name])
    outbox.enqueue(
        tx,
        [Notification(alert.id, target.id, batch=batch, due_at=alert.created_at) for target in targets],
    )


def _channels(line: Line, rule: Rule, alert: Alert) -> tuple[str, ...]:
    """Where an alert goes. A rule's `notify` counts as far as its channels exist; else the routes decide."""
    names, tags = _scope(line, alert.dispatch)
    own = tuple(name for name in rule.notify if name in line.targets)
    return channels_for(alert, rule.tags, names, tags, own, line.routes)

"""The words of one alert: what happened, why it matters, the matched passages, where and when."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from watcher.model import LONG_AGO, Alert, Dispatch, Event, Severity, Surface
from watcher.notify.passages import concepts, passages
from watcher.notify.sendable import line, shorten
from watcher.times import local

TITLE_LIMIT = 200
HEADLINE_LIMIT = 300
MOST_SURFACES = 6
HAPPENED = {
    Event.NEW: "",
    Event.EDITED: "This dispatch was edited after it was first seen; the text below is the new one.",
    Event.WITHDRAWN: "This dispatch was withdrawn: it is gone from its source's page.",
    Event.PROMOTED: "This dispatch was promoted: it was known, and now appears in a further place.",
}
OLD = "Old: it bears a day before its source's last good poll, which an archive published again would do."


def subject(alert: Alert) -> str:
    """One line: how serious, which rule, what happened, where. Of a long one the headline is cut."""
    where = f" ({line(alert.dispatch.surfaces[0].source, 40)})" if alert.dispatch.surfaces else ""
    event = "" if alert.event is Event.NEW else f"{alert.event.value}: "
    old = "old: " if alert.old else ""
    rule = f"{urgency(alert.severity)}{line(alert.title, 80)}: {old}{event}"
    return rule + shorten(headline(alert.dispatch), TITLE_LIMIT - len(rule) - len(where)) + where


def headline(dispatch: Dispatch) -> str:
    """The headline; of a dispatch without one, the beginning of its text."""
    return line(dispatch.headline, HEADLINE_LIMIT) or line(dispatch.body[:400], 100) or "(no headline)"


def letter(alert: Alert, zone: tzinfo) -> str:
    """The body of a message about one alert; times as people in `zone` read them."""
    blocks = (
        _opening(alert),
        _matched(alert),
        _captured(alert),
        _when_and_where(alert, zone),
        _ruled(alert),
    )
    return "\n\n".join("\n".join(block) for block in map(list, blocks) if block)


def seen(alert: Alert) -> datetime:
    """When we saw what the alert is about: an event is seen with its alert."""
    new = alert.event is Event.NEW and alert.dispatch.first_seen > LONG_AGO
    return alert.dispatch.first_seen if new else alert.created_at


def urgency(severity: Severity) -> str:
    """How a title begins: "[CRITICAL] ", or nothing for what can wait."""
    return f"[{str(severity).upper()}] " if severity >= Severity.HIGH else ""


def _opening(alert: Alert) -> Iterator[str]:
    yield headline(alert.dispatch)
    if HAPPENED[alert.event]:
        yield HAPPENED[alert.event]
    if alert.old:
        yield OLD
    if alert.match.error:
        yield f"Read with care: the rule could not be evaluated fully ({line(alert.match.error, 200)})."
    if alert.draft:
        yield "The rule is a draft."
    if alert.why:
        yield f"Why: {line(alert.why)}"


def _matched(alert: Alert) -> Iterator[str]:
    found, more = passages(alert.dispatch, alert.match.evidence)
    if found:
        yield "Matched:"
    for passage in found:
        yield f"  - {passage}"
    if more:
        yield f"  … and {more} more {'passage' if more == 1 else 'passages'}"
    if named := concepts(alert.match.evidence):
        yield f"Named: {', '.join(named)}"


def _captured(alert: Alert) -> Iterator[str]:
    for name, value in alert.match.captured.items():
        yield f"{line(name, 60)}: {line(value, 200)}"


def _when_and_where(alert: Alert, zone: tzinfo) -> Iterator[str]:
    dispatch = alert.dispatch
    if dispatch.link:
        yield f"Link: {line(dispatch.link)}"
    if dispatch.surfaces:
        outlet = f", {line(dispatch.outlet, 100)}" if dispatch.outlet else ""
        yield f"Source: {_place(dispatch.surfaces[0])}{outlet}"
    yield from _further(dispatch)
    yield f"Day: {dispatch.day.isoformat() if dispatch.day else 'it bears none'}"
    if dispatch.published:
        yield f"Published: {local(dispatch.published, zone)}"
    yield f"Seen: {local(seen(alert), zone)}"


def _further(dispatch: Dispatch) -> Iterator[str]:
    """Every further place it was seen in, as a line each."""
    further = dispatch.surfaces[1:]
    for surface in further[:MOST_SURFACES]:
        link = "" if surface.link in ("", dispatch.link) else f" {line(surface.link)}"
        yield f"Also in: {_place(surface)}{link}"
    if len(further) > MOST_SURFACES:
        yield f"Also in {len(further) - MOST_SURFACES} more places"


def _place(surface: Surface) -> str:
    section = f" ({line(surface.section, 60)})" if surface.section else ""
    return f"{line(surface.source, 60)}{section}"


def _ruled(alert: Alert) -> Iterator[str]:
    yield f"Rule: {alert.match.rule}, version {shorten(alert.match.rule_version, 12)}"

"""The words of several alerts in one message: counts first, then each, the most severe first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from watcher.model import Alert, Event
from watcher.notify.letter import OLD, headline, seen, urgency
from watcher.notify.passages import concepts
from watcher.notify.sendable import line, shorten
from watcher.times import local


def summary_subject(alerts: Sequence[Alert]) -> str:
    """One line: how many, how serious, and the first of them."""
    first = by_severity(alerts)[0]
    old = "old " if all(alert.old for alert in alerts) else ""
    what = f"{line(first.title, 80)}: {shorten(headline(first.dispatch), 80)}"
    return f"{urgency(first.severity)}{len(alerts)} {old}alerts: {what}, and {len(alerts) - 1} more"


def summary(alerts: Sequence[Alert], zone: tzinfo, limit: int) -> str:
    """The body of a message about several alerts, at most `limit` characters; what is left out is counted."""
    lines = ["\n".join(_counts(alerts))]
    room = limit - len(lines[0]) - 200
    ordered = by_severity(alerts)
    for number, alert in enumerate(ordered):
        entry = "\n".join(_entry(alert, zone))
        room -= len(entry) + 2
        if room < 0:
            left = len(ordered) - number
            lines.append(f"… and {left} more that did not fit here: `watcher alerts list` shows them all.")
            break
        lines.append(entry)
    return "\n\n".join(lines)


def by_severity(alerts: Sequence[Alert]) -> list[Alert]:
    """The most severe first, and of one severity the oldest first."""
    return sorted(alerts, key=lambda alert: (-alert.severity, alert.created_at, alert.id))


def _counts(alerts: Sequence[Alert]) -> Iterator[str]:
    severities = Counter(alert.severity for alert in alerts)
    counted = ", ".join(f"{count} {severity}" for severity, count in sorted(severities.items(), reverse=True))
    yield f"{len(alerts)} alerts: {counted}"
    for title, count in Counter(line(alert.title, 100) for alert in by_severity(alerts)).most_common(20):
        yield f"{count} × {title}"
    if all(alert.old for alert in alerts):
        yield f"Each of them is old. {OLD}"


def _entry(alert: Alert, zone: tzinfo) -> Iterator[str]:
    event = "" if alert.event is Event.NEW else f"{alert.event.value}: "
    yield f"[{alert.severity}] {event}{headline(alert.dispatch)}"
    facts = [f"rule {alert.match.rule}"]
    if alert.dispatch.surfaces:
        facts.append(alert.dispatch.surfaces[0].source)
    if alert.dispatch.day:
        facts.append(f"day {alert.dispatch.day.isoformat()}")
    facts.append(f"seen {local(seen(alert), zone)}")
    if alert.old:
        facts.append("old")
    if alert.match.error:
        facts.append("read with care: the rule could not be evaluated fully")
    yield f"    {', '.join(facts)}"
    if named := concepts(alert.match.evidence):
        yield f"    named: {', '.join(named)}"
    if alert.dispatch.link:
        yield f"    {line(alert.dispatch.link)}"

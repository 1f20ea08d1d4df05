"""`watcher alerts`: what the rules found, why, and whom it reached."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.options import Config, Json, Limit, opened, settings
from watcher.cli.show import bold, dim, highlighted, say, say_json, say_table, wrapped
from watcher.errors import StoreError
from watcher.times import iso, local

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.model import AlertRecord, Delivery

Drafts = Annotated[bool, typer.Option("--drafts", help="Those of draft rules too.")]


def list_(config: Config = None, limit: Limit = 50, drafts: Drafts = False, json: Json = False) -> None:
    """The alerts, the newest first."""
    from watcher.store import alerts

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = alerts.listing(tx, limit, drafts=drafts)
    if json:
        say_json([as_json(record) for record in found])
        return
    headings = ("ID", "MADE", "SEVERITY", "RULE", "DELIVERY", "HEADLINE")
    say_table(headings, [_row(record, by) for record in found], "There is no alert yet.")


def show(
    alert: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)],
    config: Config = None,
    json: Json = False,
) -> None:
    """One alert: the matched passages, and what became of each notification."""
    from watcher.store import alerts

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = alerts.get(tx, alert)
    if found is None:
        raise StoreError(f"There is no alert {alert}; `watcher alerts list` shows those there are")
    if json:
        say_json(as_json(found))
    else:
        say_alert(found, by)


def as_json(record: "AlertRecord") -> dict[str, Any]:
    """An alert, by the names that other programs rely on."""
    alert = record.alert
    return {
        "id": alert.id,
        "rule": alert.match.rule,
        "rule_version": alert.match.rule_version,
        "event": alert.event.value,
        "severity": str(alert.severity),
        "dispatch": alert.dispatch.id,
        "headline": alert.dispatch.headline,
        "source": alert.dispatch.source,
        "link": alert.dispatch.link,
        "created_at": iso(alert.created_at),
        "captured": dict(alert.match.captured),
        "state": alert.state,
        "story": alert.story or None,
        "evidence": [
            {
                "field": each.field,
                "quote": each.quote,
                "start": each.start,
                "end": each.end,
                "concept": each.concept or None,
            }
            for each in alert.match.evidence
        ],
        "follow_ups": [
            {"dispatch": each.id, "headline": each.headline, "link": each.link} for each in record.follow_ups
        ],
        "notifications": [_delivery(each) for each in record.deliveries],
    }


def _delivery(delivery: "Delivery") -> dict[str, Any]:
    return {
        "channel": delivery.channel,
        "target": delivery.target,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "sent_at": iso(delivery.sent_at),
        "answer": delivery.answer,
    }


def _row(record: "AlertRecord", by: "Settings") -> tuple[str, ...]:
    alert = record.alert
    delivery = ", ".join(dict.fromkeys(each.status.value for each in record.deliveries))
    made = local(alert.created_at, by.timezone)
    headline = alert.dispatch.headline or alert.dispatch.body[:200]
    delivery = "draft" if alert.draft else delivery or "nobody"
    return (str(alert.id), made, str(alert.severity), alert.match.rule, delivery, headline)


def say_alert(record: "AlertRecord", by: "Settings") -> None:
    """An alert as its message tells it, with the matched words highlighted, and how far it got."""
    from watcher.notify.letter import letter, subject
    from watcher.notify.sendable import plain

    say(bold(wrapped(subject(record.alert))))
    for text in plain(letter(record.alert, by.timezone)).split("\n"):
        say(highlighted(wrapped(text, "    " if text.startswith("  ") else "")))
    for follow_up in record.follow_ups:
        say(wrapped(plain(f"Followed by: {follow_up.headline} {follow_up.link}")))
    for each in record.deliveries:
        when = f" {local(each.sent_at, by.timezone)}" if each.sent_at else ""
        attempts = f" after {each.attempts} attempts" if each.attempts > 1 else ""
        answer = f": {each.answer}" if each.answer and not each.sent_at else ""
        say(dim(wrapped(f"{each.channel}: {each.target}: {each.status.value}{when}{attempts}{answer}")))

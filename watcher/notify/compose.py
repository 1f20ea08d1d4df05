"""Turns alerts and notices into messages: frozen words for one target, fit to be sent anywhere."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from uuid import uuid4

from watcher.model import Alert, Message, Severity, Target
from watcher.notify.letter import TITLE_LIMIT, letter, subject
from watcher.notify.sendable import line, paragraphs
from watcher.notify.summary import summary, summary_subject

BODY_LIMIT = 20_000


def new_message_id() -> str:
    """A Message-ID as RFC 5322 has it, never given before."""
    return f"<{uuid4().hex}@watcher>"


def compose(
    target: Target, alerts: Sequence[Alert], zone: tzinfo, now: datetime, message_id: str = ""
) -> Message:
    """The message that carries these alerts, at least one, to the target.

    One alert is told in full; several are summed up, the most severe first. Without a message_id it
    gets a fresh one.
    """
    severity = max(alert.severity for alert in alerts)
    if len(alerts) == 1:
        title, body = subject(alerts[0]), letter(alerts[0], zone)
    else:
        title, body = summary_subject(alerts), summary(alerts, zone, BODY_LIMIT)
    return _freeze(target, title, body, severity=severity, now=now, message_id=message_id)


def compose_notice(target: Target, subject: str, body: str, now: datetime, message_id: str = "") -> Message:
    """The message of a notice to the operator, or of a test."""
    return _freeze(target, subject, body, severity=Severity.MEDIUM, now=now, message_id=message_id)


def _freeze(
    target: Target, title: str, body: str, *, severity: Severity, now: datetime, message_id: str
) -> Message:
    """Neither title nor body is ever empty: an empty one is refused by every channel."""
    sendable_title = line(title, TITLE_LIMIT) or "watcher"
    return Message(
        target=target,
        title=sendable_title,
        body=paragraphs(body, BODY_LIMIT) or sendable_title,
        message_id=message_id or new_message_id(),
        severity=severity,
        created_at=now,
        due_at=now,
    )

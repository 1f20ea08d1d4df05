"""What the operator hears of: each trouble once, and once more when it is over."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from watcher.errors import Problem
from watcher.line import Line
from watcher.model import Message, Source
from watcher.notify.compose import compose_notice
from watcher.store import Transaction, outbox
from watcher.times import local, many

BROKEN_AFTER = 3  # failures in a row


def tell_operator(  # noqa: PLR0917 - the words of a notice, and where they go
    tx: Transaction, line: Line, key: str, subject: str, body: str, now: datetime, *, not_by: str = ""
) -> None:
    """Put a notice into the outbox, once for each key and target. not_by: a channel to leave out."""
    for name in line.operator:
        for target in line.targets[name] if name != not_by else ():
            outbox.add_notice(tx, compose_notice(target, subject, body, now), key)


def tell_of_source(tx: Transaction, line: Line, before: Source, after: Source, now: datetime) -> None:
    """A source that broke, was paused for good, has a new warning, or works again."""
    name = after.name
    since = local(before.succeeded_at, line.zone) if before.succeeded_at else "never"
    outage = f"{name} {before.succeeded_at.isoformat() if before.succeeded_at else after.shape}"
    if after.gone_at and not before.gone_at:
        tell_operator(tx, line, f"gone {outage}", f"Source {name} is paused", after.error, now)
    elif after.failures == BROKEN_AFTER:
        body = f"{after.error}\n\nIt failed {after.failures} times in a row; its last good poll: {since}."
        tell_operator(tx, line, f"broken {outage}", f"Source {name} is failing", body, now)
    elif before.failures >= BROKEN_AFTER and not after.failures:
        body = f"It answers again after {before.failures} failures. The last was: {before.error}"
        tell_operator(tx, line, f"well {outage}", f"Source {name} works again", body, now)
    if after.warning and after.warning != before.warning:
        key = f"warning {name} {after.warning} {now.date().isoformat()}"
        tell_operator(tx, line, key, f"Source {name}: a warning", after.warning, now)


def tell_of_stranded(tx: Transaction, line: Line, now: datetime) -> None:
    """Messages that wait for recipients whom no channel has any more."""
    for recipient, count in outbox.stranded(tx, line.targets_by_id.keys()).items():
        body = (
            f"{many(count, 'message')} cannot be delivered to {recipient}: no channel has that recipient any "
            "more. Bring the channel back under its name, and they are sent."
        )
        tell_operator(tx, line, f"stranded {recipient} {count}", f"Nobody receives: {recipient}", body, now)


def tell_of_death(tx: Transaction, line: Line, message: Message, answer: str, now: datetime) -> None:
    """A message that was given up. It stays in the outbox as dead, to be looked at or tried again.

    Of a notice nobody hears: with every channel broken, notices of notices would grow without end.
    """
    if outbox.is_notice(tx, message):
        return
    subject = f"Not delivered to {message.target.label}: {message.title}"
    body = (
        f"A message for {message.target.label} (channel {message.target.channel}) was given up after "
        f"{many(message.attempts, 'attempt')}: {answer}\n\n"
        f"Try again with: watcher outbox retry {message.id}"
    )
    key = f"dead {message.id} {now.isoformat()}"
    tell_operator(tx, line, key, subject, body, now, not_by=message.target.channel)


def tell_of_rules(tx: Transaction, line: Line, problems: Sequence[Problem], now: datetime) -> None:
    """Rule files with mistakes; what was in force of them stays in force."""
    listed = "\n".join(map(str, problems))
    body = f"{listed}\n\nThe last good versions of these rules stay in force. Check with: watcher check"
    key = f"rules {_hash(listed)} {now.date().isoformat()}"
    tell_operator(tx, line, key, "Rules with mistakes were not loaded", body, now)


def tell_of_reload(tx: Transaction, line: Line, problems: str, now: datetime) -> None:
    """A configuration that could not be reloaded."""
    body = f"{problems}\n\nThe last good configuration stays in force until this is mended and reloaded."
    key = f"reload {_hash(problems)} {now.date().isoformat()}"
    tell_operator(tx, line, key, "The configuration was not reloaded", body, now)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()

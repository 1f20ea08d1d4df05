"""`watcher outbox`: every message, how far it got, and another try for those given up."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.options import Config, Json, Limit, now, opened, settings
from watcher.cli.show import say, say_json, say_table
from watcher.errors import StoreError
from watcher.times import iso, local

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.model import OutboxRow


def list_(config: Config = None, limit: Limit = 50, json: Json = False) -> None:
    """The messages, the newest first."""
    from watcher.store import outbox

    by = settings(config)
    with opened(by) as store, store.read() as tx:
        found = outbox.listing(tx, limit)
    if json:
        say_json([_as_json(row) for row in found])
        return
    headings = ("ID", "STATUS", "TARGET", "TRIES", "NEXT OR SENT", "TITLE", "LAST ANSWER")
    say_table(headings, [_row(row, by) for row in found], "The outbox is empty.")


def retry(
    message: Annotated[
        int | None, typer.Argument(metavar="[ID]", min=1, max=2**63 - 1, help="A message's id.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that wait or were given up.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make what waits or was given up due now; a running daemon sends it, or the next `watcher once`."""
    from watcher.store import outbox

    if (message is None) is not all_:
        raise typer.BadParameter("name a message's ID, or --all", param_hint="ID")
    by = settings(config)
    with opened(by) as store, store.write() as tx:
        count = outbox.retry(tx, message, now())
    if message is not None and not count:
        raise StoreError(f"Message {message} does not wait and was not given up; see `watcher outbox list`")
    if json:
        say_json({"due": count})
    else:
        say(f"{count} {'message is' if count == 1 else 'messages are'} due now.")


def _row(row: "OutboxRow", by: "Settings") -> tuple[str, ...]:
    when = local(row.sent_at or row.due_at, by.timezone) if row.status != "dead" else ""
    answer = "" if row.sent_at else row.answer
    return (str(row.id or ""), row.status.value, row.target, str(row.attempts), when, row.title, answer)


def _as_json(row: "OutboxRow") -> dict[str, Any]:
    return {
        "id": row.id or None,
        "status": row.status.value,
        "channel": row.channel,
        "target": row.target,
        "severity": str(row.severity),
        "title": row.title,
        "alerts": list(row.alerts),
        "attempts": row.attempts,
        "answer": row.answer,
        "created_at": iso(row.created_at),
        "due_at": iso(row.due_at),
        "sent_at": iso(row.sent_at),
    }

"""`watcher once` and `watcher run`: the work itself."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.options import Config, Json, now, settings
from watcher.cli.show import note, say, say_json, say_paragraphs
from watcher.times import many

if TYPE_CHECKING:
    from watcher.pipeline import Poll
    from watcher.service.once import Round

WRONG, FAILED = 1, 3
_LISTED = 20
_STRANDED = "no channel has any more; bring that channel back, and they are sent"


def once(
    config: Config = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Alert on what a first poll shows, too.")
    ] = False,
    json: Json = False,
) -> int:
    """Poll every source now, match, deliver what is due, sum up.

    Exit 3 if a source or channel failed, 1 if a rule file is wrong; the last good rules of it are used.
    """
    from watcher.log import open_log
    from watcher.service.once import run_once

    log = open_log(level=logging.CRITICAL)  # the summary tells it better
    with _progress() as watch:
        done = asyncio.run(run_once(settings(config), now, log, is_backfill=backfill, watch=watch))
    if json:
        say_json(_counts(done))
    else:
        _sum_up(done)
    for fault in done.faults:
        note(str(fault))
    if done.faults:
        return WRONG
    return 0 if done.is_well else FAILED


def run(
    config: Config = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log every poll.")] = False,
) -> int:
    """Poll and deliver until stopped: the daemon. SIGHUP reloads, SIGTERM and Ctrl-C end it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it would end a process that is only starting
    from watcher.log import open_log
    from watcher.service.daemon import run_daemon

    log = open_log(level=logging.DEBUG if verbose else logging.INFO)
    asyncio.run(run_daemon(settings(config), now, log))
    return 0


def _counts(done: "Round") -> dict[str, int]:
    return {
        "polled": len(done.polls),
        "failed": len(done.failed),
        "new": sum(poll.new for poll in done.polls),
        "edited": sum(poll.edited for poll in done.polls),
        "alerts": sum(poll.alerts for poll in done.polls),
        "sent": done.sent.sent,
        "pending": done.pending,
        "dead": done.dead,
    }


def _sum_up(done: "Round") -> None:
    count = _counts(done)
    edited = f", {count['edited']} edited" if count["edited"] else ""
    polled, alerts = many(count["polled"], "source"), many(count["alerts"], "alert")
    say(f"{polled} polled, {count['new']} new{edited}, {alerts}.")
    first = [poll for poll in done.polls if poll.is_baseline and poll.new and not poll.alerts]
    for poll in first[:_LISTED]:
        say(f"{poll.after.name}: first poll; what it shows is the baseline, and what comes next is news.")
    if count["sent"] or count["pending"] or count["dead"]:
        dead = f", {count['dead']} given up (see: watcher outbox list)" if count["dead"] else ""
        say(f"Messages: {count['sent']} sent, {count['pending']} waiting{dead}.")
    for poll in done.failed[:_LISTED]:
        say_paragraphs(f"{poll.after.name} failed: {poll.error}")
    for poll in done.polls:
        if poll.after.warning and not poll.error:
            say_paragraphs(f"{poll.after.name} warns: {poll.after.warning}")
    for source in done.paused:
        say_paragraphs(f"{source.name} is paused: {source.error}")
    for recipient, number in done.stranded.items():
        say_paragraphs(f"Not delivered: {many(number, 'message')} for {recipient}, which {_STRANDED}")
    for answer in dict.fromkeys(done.sent.answers):
        say_paragraphs(f"Not delivered: {answer}")


@contextmanager
def _progress() -> "Iterator[Callable[[Poll | None, int], None]]":
    """What shows polls going by: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _poll, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Polling", total=None)

        def watch(poll: "Poll | None", total: int) -> None:
            bar.update(task, total=total, advance=0 if poll is None else 1)

        yield watch

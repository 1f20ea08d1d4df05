"""The straight line, from a source to a person.

    ingest    source → fetch → parse → | identify → store → match → alert → outbox | commit
    deliver   outbox → compose | commit | → send → settle

Everything between the bars is one transaction: the news of a poll, what the rules made of it, the
notifications and the ETag become true together, or not at all. A message is recorded before it is
sent and settled after, so that a crash can repeat it but never lose it.

The steps between the first two bars are in `judge`, what the operator hears of in `notices`.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b

from watcher.errors import NotifyError, SourceError, StoreError
from watcher.ingest import schedule
from watcher.judge import judge, store_listing
from watcher.line import Line
from watcher.model import Listing, Message, Response, Source, Target
from watcher.notices import tell_of_death, tell_of_source
from watcher.notify.backoff import next_attempt
from watcher.notify.compose import compose
from watcher.notify.send import LEASE
from watcher.store import Transaction, alerts, outbox, sources

Clock = Callable[[], datetime]
_COMPOSED_AT_ONCE = 200
_LOOK_AGAIN = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Poll:
    """What one visit to a source brought. after: the source as the visit leaves it.

    is_saved: false while `after` is only here; pass such polls to `save`.
    """

    before: Source
    after: Source
    new: int = 0
    edited: int = 0
    alerts: int = 0
    is_baseline: bool = False
    is_saved: bool = False

    @property
    def error(self) -> str:
        return self.after.error


@dataclass(slots=True)
class Sent:
    """What became of the messages of one delivery, counted, and the answers of those not accepted."""

    sent: int = 0
    later: int = 0
    dead: int = 0
    answers: list[str] = field(default_factory=list)


async def ingest(line: Line, source: Source, clock: Clock) -> Poll:
    """Poll a source once. Never raises for what the source does; StoreError if nothing can be stored."""
    try:
        response = await line.fetch(source)
        body_hash = blake2b(response.body, digest_size=16).hexdigest()
        if response.unchanged or body_hash == source.body_hash:
            return Poll(source, schedule.unchanged(source, clock(), random.random()))
        marks = await asyncio.to_thread(_marks, line, source)
        listing = await line.parse(source, response, frozenset(marks))
    except SourceError as error:
        return Poll(source, schedule.failed(source, error, clock(), random.random()))
    return await asyncio.to_thread(_commit, line, source, response, body_hash, listing, marks, clock())


def save(line: Line, polls: Iterable[Poll], now: datetime) -> None:
    """Keep the bookkeeping of polls that brought nothing, in one transaction."""
    unsaved = [poll for poll in polls if not poll.is_saved]
    if unsaved:
        with line.store.write() as tx:
            _save(tx, line, unsaved, now)


async def deliver(in_force: Callable[[], Line | None], clock: Clock, most: int = 8) -> Sent:
    """Deliver what is due until nothing is, at most `most` messages at once and one a target.

    in_force: the line to go by, asked again and again. Once there is none, what is on its way comes to an
    end and nothing more is claimed. So it does when something goes wrong, which is raised afterwards.
    """
    told = Sent()
    running: dict[int, asyncio.Task[None]] = {}
    errors: list[BaseException] = []
    try:
        while True:
            line = in_force()
            if line and len(running) < most:
                for message in await asyncio.to_thread(_claim, line, clock(), frozenset(running), most):
                    running[message.target.id] = asyncio.create_task(_send(line, message, clock, told))
            if not running:
                break
            await asyncio.wait(running.values(), timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            errors += _take_ended(running)
    except StoreError:
        await asyncio.gather(*running.values(), return_exceptions=True)
        raise
    finally:
        for task in running.values():
            task.cancel()
    if errors:
        raise errors[0]
    return told


def _marks(line: Line, source: Source) -> Mapping[str, int]:
    with line.store.read() as tx:
        return sources.marks(tx, source.name)


def _commit(  # noqa: PLR0917 - all that a poll brought
    line: Line,
    source: Source,
    response: Response,
    body_hash: str,
    listing: Listing,
    marks: Mapping[str, int],
    now: datetime,
) -> Poll:
    """One transaction: what the listing shows, what the rules make of it, whom it is for, and the ETag."""
    with line.store.write() as tx:
        stored = store_listing(tx, listing, now)
        decisions = judge(tx, line, source, stored, now)
        ids = {**marks, **{each.placement.seen.mark: each.dispatch.id for each in stored}}
        shown = {mark: ids[mark] for mark in listing.marks if mark in ids}
        sources.replace_marks(tx, source.name, marks, shown, now)
        after = schedule.succeeded(
            source,
            response,
            body_hash=body_hash,
            shows=bool(shown),
            brought_news=any(each.is_new for each in stored),
            overlapped=not set(marks.values()).isdisjoint(shown.values()) if marks and shown else None,
            warning=listing.warning,
            now=now,
            jitter=random.random(),
        )
        poll = Poll(
            source,
            after,
            new=sum(each.is_new for each in stored),
            edited=sum(each.is_edited for each in stored),
            alerts=sum(decision.alert is not None for decision in decisions),
            is_baseline=source.baselined_at is None,
            is_saved=True,
        )
        _save(tx, line, [poll], now)
    return poll


def _save(tx: Transaction, line: Line, polls: Sequence[Poll], now: datetime) -> None:
    sources.save_many(tx, [poll.after for poll in polls])
    for poll in polls:
        tell_of_source(tx, line, poll.before, poll.after, now)


def _claim(line: Line, now: datetime, busy: frozenset[int], most: int) -> list[Message]:
    """Freeze what waits to be composed, and claim what is due: for every target that is idle, one message."""
    targets = line.targets_by_id
    with line.store.read() as tx:
        if not outbox.is_due(tx, now, targets.keys() - busy):
            return []
    with line.store.write() as tx:
        _compose(tx, line, targets, now)
        return outbox.claim(tx, now, LEASE, targets, busy, most - len(busy))


def _compose(tx: Transaction, line: Line, targets: Mapping[int, Target], now: datetime) -> None:
    for waiting in outbox.waiting(tx, now, targets.keys(), _COMPOSED_AT_ONCE):
        told = alerts.for_ids(tx, waiting.alerts)
        message = compose(targets[waiting.target], told, line.zone, now)
        outbox.freeze(tx, message, waiting.notifications)


def _take_ended(running: dict[int, asyncio.Task[None]]) -> list[BaseException]:
    """Take out what has ended; what went wrong with it."""
    ended = [running.pop(target) for target, task in [*running.items()] if task.done()]
    return [error for task in ended if (error := task.exception())]


async def _send(line: Line, message: Message, clock: Clock, told: Sent) -> None:
    """Send a claimed message and settle what became of it. A bug is settled as a refusal, and raised."""
    try:
        answer = await line.send(message)
    except NotifyError as error:
        await _keep(message, clock, partial(_settle_refused, line, message, error, told))
    except Exception as error:
        text = f"watcher failed on it ({type(error).__name__}); please report the traceback in its log"
        refusal = NotifyError(message.target.channel, text)
        await _keep(message, clock, partial(_settle_refused, line, message, refusal, told))
        raise
    else:
        await _keep(message, clock, partial(_settle_sent, line, message, answer, told))


async def _keep(message: Message, clock: Clock, settle: Callable[[datetime], None]) -> None:
    """Settle, again and again while the database refuses: what is not settled in time is sent again."""
    while True:
        try:
            return await asyncio.to_thread(settle, clock())
        except StoreError:
            if clock() >= message.due_at:
                raise
            await asyncio.sleep(_LOOK_AGAIN)


def _settle_sent(line: Line, message: Message, answer: str, told: Sent, now: datetime) -> None:
    with line.store.write() as tx:
        if outbox.settle_sent(tx, message, answer, now):
            told.sent += 1


def _settle_refused(line: Line, message: Message, error: NotifyError, told: Sent, now: datetime) -> None:
    again = next_attempt(message.attempts, message.first_tried_at or now, now, random.random())
    with line.store.write() as tx:
        if again is None or error.permanent:
            if outbox.settle_dead(tx, message, str(error), now):
                told.dead += 1
                tell_of_death(tx, line, message, str(error), now)
        elif outbox.settle_later(tx, message, str(error), again):
            told.later += 1
    told.answers.append(str(error))

"""Sends messages, each in a worker process that is killed when it takes too long."""

import asyncio
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from watcher.errors import NotifyError
from watcher.model import Message
from watcher.workers import MEBIBYTE, WorkerError, Workers

SEND_DEADLINE = timedelta(seconds=60)
START_WITHIN = timedelta(seconds=60)
LEASE = timedelta(minutes=5)  # longer than START_WITHIN, a process's start and SEND_DEADLINE together
MOST_PROCESSES = 8
_MEMORY = 1024 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not accepted: a NotifyError as a value, which can leave a process."""

    text: str
    permanent: bool


def send(message: Message) -> str:
    """Hand a message to its channel, and return the answer in words. For worker processes only.

    It may hang, and it closes this whole process to forbidden addresses for good. Raises NotifyError:
    permanent when it can never work.
    """
    from watcher.notify.post import post_office

    return post_office().send(message)


def answer(message: Message) -> str | Refusal:
    """What became of `send`, as a value."""
    try:
        return send(message)
    except NotifyError as error:
        return Refusal(str(error), error.permanent)


class Sender:
    """Sends messages in worker processes: one process a target, started with its first message.

    A target that hangs therefore holds up nothing but itself. At most MOST_PROCESSES (about 50 MB
    each) live at a time: another target takes the place of the one idle longest, and waits for a place
    only while that many are sending at once, for at most START_WITHIN.

    Messages of one target go one after the other. Claim one message a target at a time: a second
    would spend its lease waiting for the first.
    """

    def __init__(self, deadline: timedelta = SEND_DEADLINE, most: int = MOST_PROCESSES) -> None:
        self._deadline = deadline
        self._most = most
        self._places = asyncio.Semaphore(most)
        self._turns: dict[str, asyncio.Lock] = {}
        self._idle: OrderedDict[str, Workers] = OrderedDict()
        self._busy: dict[str, Workers] = {}

    async def __call__(self, message: Message) -> str:
        """The answer of the channel in words; NotifyError if the message was not accepted in time."""
        target = message.target
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(START_WITHIN.total_seconds()):
                    await held.enter_async_context(self._turns.setdefault(target.key, asyncio.Lock()))
                    await held.enter_async_context(self._places)
            except TimeoutError as error:
                text = f"{target.label}: no process was free to send with; it is tried again later"
                raise NotifyError(target.channel, text) from error
            return await self._send(message)

    def close(self) -> None:
        """Kill what is still sending, and wait for the processes to be gone."""
        for workers in (*self._idle.values(), *self._busy.values()):
            workers.close()
        self._idle.clear()
        self._busy.clear()

    async def _send(self, message: Message) -> str:
        target = message.target
        workers = await self._workers(target.key)
        try:
            outcome = await workers.run(self._deadline, answer, message)
        except WorkerError as error:
            text = f"{target.label} gave no answer: {error}"
            raise NotifyError(target.channel, text) from error
        finally:
            if self._busy.pop(target.key, None):
                self._idle[target.key] = workers
        if isinstance(outcome, Refusal):
            raise NotifyError(target.channel, outcome.text, permanent=outcome.permanent)
        return outcome

    async def _workers(self, key: str) -> Workers:
        """The process of a target, made if it has none; the one idle longest makes room for it."""
        workers = self._idle.pop(key, None)
        surplus = []
        if workers is None:
            workers = Workers(1, _MEMORY)
            while self._idle and len(self._idle) + len(self._busy) >= self._most:
                surplus.append(self._idle.popitem(last=False)[1])
        self._busy[key] = workers
        for each in surplus:
            await asyncio.to_thread(each.close)
        return workers

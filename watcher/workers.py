"""Worker processes: one call at a time each, with a deadline and a limit on memory.

Used for what a stranger's input may blow up (parsing) and for what may hang (sending). A call
that outlives its deadline is killed with its process, and a fresh process takes its place.
Workers die with their parent, even when it is killed.
"""

import asyncio
import ctypes
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from watcher.errors import WatcherError

P = ParamSpec("P")
R = TypeVar("R")

MEBIBYTE = 1024 * 1024
_START_SECONDS = 60
_NO_MEMORY = 77  # the status with which a worker ends when it runs out of memory
_PR_SET_PDEATHSIG = 1
_SPAWN = multiprocessing.get_context("spawn")


class WorkerError(Exception):
    """The call did not come back: killed at its deadline, or its process died (out of memory)."""


class Workers:
    """A pool of `count` processes; `memory` is the address space of each, in bytes (0: no limit).

    A process is started with the first call that finds none idle. Each has a pipe and, while it works,
    a thread of its own: no lock is shared, so one that is killed cannot hold up the others.
    """

    def __init__(self, count: int, memory: int = 0) -> None:
        self._memory = memory
        self._threads = ThreadPoolExecutor(count, "worker")
        self._lock = Lock()
        self._idle: list[_Worker] = []
        self._busy: dict[_Ticket, _Worker] = {}
        self._closed = False

    async def run(self, timeout: timedelta, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `call`, made in a worker. Raises what it raises, or WorkerError.

        The deadline counts from when a worker takes the call up, not while it waits for one. Cancelled,
        it takes the worker down with it.
        """
        if self._closed:
            raise WorkerError("the worker processes have been closed")
        ticket = _Ticket()
        exchange = partial(self._exchange, ticket, timeout.total_seconds(), (call, args, kwargs))
        try:
            result, error = await asyncio.get_running_loop().run_in_executor(self._threads, exchange)
        except asyncio.CancelledError:
            self._abandon(ticket)
            raise
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def close(self) -> None:
        """Kill what is still running and wait for the processes to be gone."""
        with self._lock:
            self._closed = True
            for worker in (*self._idle, *self._busy.values()):
                worker.kill()
        self._threads.shutdown()
        for worker in self._idle:
            worker.bury()
        self._idle.clear()

    def _exchange(self, ticket: "_Ticket", seconds: float, task: object) -> Any:
        """In a thread: the outcome of a task, from the worker that is given it."""
        parcel = pickle.dumps(task)
        worker = self._taken(ticket)
        try:
            outcome = worker.ask(parcel, seconds)
        except BaseException:
            self._put_back(ticket, worker, is_sound=False)
            raise
        self._put_back(ticket, worker, is_sound=True)
        return pickle.loads(outcome)

    def _taken(self, ticket: "_Ticket") -> "_Worker":
        worker = None
        with self._lock:
            while self._idle and worker is None:
                worker = self._idle.pop()
                if not worker.is_alive:
                    worker.bury()
                    worker = None
        worker = worker or _Worker(self._memory)
        with self._lock:
            self._busy[ticket] = worker
            if self._closed or ticket.is_abandoned:
                worker.kill()
        return worker

    def _put_back(self, ticket: "_Ticket", worker: "_Worker", *, is_sound: bool) -> None:
        with self._lock:
            del self._busy[ticket]
            if is_sound and not self._closed and not ticket.is_abandoned:
                self._idle.append(worker)
                return
        worker.kill()
        worker.bury()

    def _abandon(self, ticket: "_Ticket") -> None:
        with self._lock:
            ticket.is_abandoned = True
            if ticket in self._busy:
                self._busy[ticket].kill()


class _Ticket:
    """One call, and whether anyone still waits for it."""

    is_abandoned = False


class _Worker:
    """A process, and our end of the pipe to it."""

    def __init__(self, memory: int) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, memory, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ask(self, parcel: bytes, seconds: float) -> bytes:
        """What the process answers; WorkerError if it dies or is too slow."""
        try:
            if not self._is_ready:
                self._answer(_START_SECONDS)
                self._is_ready = True
            self._pipe.send_bytes(parcel)
            return self._answer(seconds)
        except (EOFError, OSError) as error:
            raise WorkerError(self._why_it_died()) from error

    def kill(self) -> None:
        self._process.kill()

    def bury(self) -> None:
        """Wait for the dead process to be gone, and leave nothing of it."""
        self._process.join()
        self._process.close()
        self._pipe.close()

    def _answer(self, seconds: float) -> bytes:
        if not self._pipe.poll(seconds):
            raise WorkerError(f"killed after {seconds:g} seconds")
        return self._pipe.recv_bytes()

    def _why_it_died(self) -> str:
        self._process.join(1)
        status = self._process.exitcode
        if status == _NO_MEMORY:
            return "it needed more memory than it may have"
        return f"its process died ({'killed' if status is None or status < 0 else f'status {status}'})"


def _serve(pipe: Connection, memory: int, parent: int) -> None:
    """The life of a worker process: it says that it is ready, then answers one task after the other."""
    _prepare(memory, parent)
    pipe.send_bytes(b"")
    while True:
        try:
            parcel = pipe.recv_bytes()
        except EOFError:
            return
        try:
            pipe.send_bytes(_outcome(parcel))
        except MemoryError:
            os._exit(_NO_MEMORY)


def _outcome(parcel: bytes) -> bytes:
    """The pickled result and error of a task, one of which is None."""
    try:
        call, args, kwargs = pickle.loads(parcel)
        return pickle.dumps((call(*args, **kwargs), None))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001, it is raised again in the parent
        return _pickled(error)


def _pickled(error: BaseException) -> bytes:
    """An error fit to travel; one that is not ours takes its traceback along as a note.

    One that cannot be revived, or would end the parent (SystemExit), travels as a WorkerError.
    """
    if not isinstance(error, WatcherError):
        error.add_note(f"In a worker process:\n{''.join(traceback.format_exception(error))}")
    try:
        pickled = pickle.dumps((None, error))
        pickle.loads(pickled)
    except Exception:  # noqa: BLE001, whatever its constructor does
        pickled = b""
    if not pickled or not isinstance(error, Exception):
        return pickle.dumps((None, WorkerError(f"it failed with {type(error).__name__}: {error}")))
    return pickled


def _prepare(memory: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

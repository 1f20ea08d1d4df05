"""Worker processes: one call at a time each, with a deadline and a limit on memory.

Used for what a stranger's input may blow up (parsing) and for what may hang (sending). A call
that outlives its deadline is killed with its process, and a fresh process takes its place.
Workers die with their parent, even when it is killed.
"""

import asyncio
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

P = ParamSpec("P")
R = TypeVar("R")

MEBIBYTE = 1024 * 1024
_PR_SET_PDEATHSIG = 1


class WorkerError(Exception):
    """The call did not come back: killed at its deadline, or its process died (out of memory)."""


class Workers:
    """A pool of `count` processes; `memory` is the address space of each, in bytes (0: no limit)."""

    def __init__(self, count: int, memory: int = 0) -> None:
        self._pool = ProcessPool(
            max_workers=count,
            context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
            initargs=(memory, os.getpid()),
        )

    async def run(self, timeout: timedelta, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `call`, made in a worker. Raises what it raises, or WorkerError.

        The deadline counts from when a worker takes the call up, not while it waits for one.
        """
        seconds = timeout.total_seconds()
        future: Future[R] = self._pool.schedule(call, args=args, kwargs=kwargs, timeout=seconds)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise WorkerError(f"killed after {seconds:g} seconds") from error
        except ProcessExpired as error:
            raise WorkerError(f"its process died ({error})") from error
        except MemoryError as error:
            raise WorkerError("it needed more memory than it may have") from error

    def close(self) -> None:
        """Kill what is still running and wait for the processes to be gone."""
        self._pool.stop()
        self._pool.join()


def _prepare(memory: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

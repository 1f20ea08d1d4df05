"""Real processes, with deadlines and limits that are small."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from watcher.errors import ParseError
from watcher.workers import MEBIBYTE, WorkerError, Workers

SOON = timedelta(seconds=0.3)
ENOUGH = timedelta(seconds=30)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(1, 512 * MEBIBYTE)
    yield workers
    workers.close()


class TwoArgumentsError(Exception):
    """pickle cannot revive it."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def hang() -> None:
    time.sleep(600)


def hang_in_c(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    signal.pause()


def eat() -> int:
    return len(bytearray(1024 * MEBIBYTE))


def graze() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(16 * MEBIBYTE))


def fail(kind: str) -> None:
    raise {
        "ours": ParseError("news", "no feed"),
        "odd": TwoArgumentsError("a", "b"),
        "exit": SystemExit(3),
        "plain": ValueError("no"),
    }[kind]


def unpicklable() -> object:
    return lambda: None


def is_alive(pid: int) -> bool:
    """Whether there is such a process that is more than a corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.01)


async def test_it_brings_the_result_of_a_call_in_another_process(workers):
    assert await workers.run(ENOUGH, divmod, 7, 2) == (3, 1)
    assert await workers.run(ENOUGH, os.getpid) != os.getpid()


async def test_it_uses_a_process_again(workers):
    assert await workers.run(ENOUGH, os.getpid) == await workers.run(ENOUGH, os.getpid)


async def test_a_large_answer_comes_back_whole(workers):
    assert len(await workers.run(ENOUGH, bytes, 20 * MEBIBYTE)) == 20 * MEBIBYTE
    assert await workers.run(ENOUGH, len, bytes(20 * MEBIBYTE)) == 20 * MEBIBYTE


async def test_a_call_that_hangs_is_killed_and_the_next_one_runs(workers):
    before = await workers.run(ENOUGH, os.getpid)
    with pytest.raises(WorkerError, match=r"killed after 0\.3 seconds"):
        await workers.run(SOON, hang)
    assert not is_alive(before)
    assert await workers.run(ENOUGH, os.getpid) != before


@pytest.mark.parametrize("call", [eat, graze])
async def test_a_call_that_eats_memory_is_an_error_and_the_next_one_runs(workers, call):
    with pytest.raises(WorkerError, match="more memory than it may have"):
        await workers.run(ENOUGH, call)
    assert await workers.run(ENOUGH, len, "abc") == 3


@pytest.mark.parametrize(("call", "words"), [((os._exit, 3), "status 3"), ((os.abort,), "killed")])
async def test_a_process_that_dies_is_an_error_and_the_next_one_runs(workers, call, words):
    with pytest.raises(WorkerError, match=words):
        await workers.run(ENOUGH, *call)
    assert await workers.run(ENOUGH, len, "abc") == 3


async def test_a_process_that_is_killed_while_idle_is_replaced(workers):
    pid = await workers.run(ENOUGH, os.getpid)
    os.kill(pid, signal.SIGKILL)
    await until_dead(pid)
    assert await workers.run(ENOUGH, os.getpid) != pid


async def test_an_error_of_ours_comes_back_as_it_was(workers):
    with pytest.raises(ParseError, match=r"^no feed$") as caught:
        await workers.run(ENOUGH, fail, "ours")
    assert caught.value.source == "news"


async def test_any_other_error_comes_back_with_where_it_was_raised(workers):
    with pytest.raises(ValueError, match="no") as caught:
        await workers.run(ENOUGH, fail, "plain")
    assert "line" in caught.value.__notes__[0]


@pytest.mark.parametrize(("kind", "words"), [("odd", "TwoArgumentsError: ab"), ("exit", "SystemExit: 3")])
async def test_what_must_not_be_raised_here_is_a_worker_error(workers, kind, words):
    with pytest.raises(WorkerError, match=words):
        await workers.run(ENOUGH, fail, kind)
    assert await workers.run(ENOUGH, len, "abc") == 3


async def test_what_cannot_travel_stops_nothing_else(workers):
    with pytest.raises((AttributeError, TypeError)):
        await workers.run(ENOUGH, unpicklable)
    with pytest.raises((AttributeError, TypeError)):
        await workers.run(ENOUGH, len, lambda: None)
    assert await workers.run(ENOUGH, len, "abc") == 3


async def test_two_workers_work_side_by_side():
    workers = Workers(2)
    pids = set()
    while len(pids) < 2:
        pids.update(await asyncio.gather(*(workers.run(ENOUGH, os.getpid) for _ in range(8))))
    hanging = asyncio.create_task(workers.run(ENOUGH, hang))
    assert await workers.run(ENOUGH, len, "abc") == 3
    hanging.cancel()
    with suppress(asyncio.CancelledError):
        await hanging
    workers.close()
    assert not any(map(is_alive, pids))


async def test_waiting_for_a_worker_does_not_count_towards_the_deadline(workers):
    await workers.run(ENOUGH, len, "")
    calls = [workers.run(timedelta(seconds=0.5), time.sleep, 0.2) for _ in range(4)]
    assert await asyncio.gather(*calls) == [None] * 4


async def test_a_call_that_nobody_waits_for_any_longer_is_killed(workers, tmp_path):
    place = tmp_path / "pid"
    call = asyncio.create_task(workers.run(ENOUGH, hang_in_c, str(place)))
    async with asyncio.timeout(10):
        while not place.exists() or not place.read_text():
            await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until_dead(int(place.read_text()))
    assert await workers.run(ENOUGH, len, "abc") == 3


async def test_closing_kills_what_still_runs(tmp_path):
    workers = Workers(1)
    pid = await workers.run(ENOUGH, os.getpid)
    call = asyncio.create_task(workers.run(ENOUGH, hang))
    await asyncio.sleep(0)
    workers.close()
    with pytest.raises(WorkerError):
        await call
    assert not is_alive(pid)
    with pytest.raises(WorkerError, match="closed"):
        await workers.run(ENOUGH, len, "abc")


def parent_that_is_killed(path: str) -> None:
    """Starts a worker that hangs, and waits."""
    asyncio.run(Workers(1).run(ENOUGH, hang_in_c, path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
async def test_workers_die_with_their_parent(tmp_path):
    place = tmp_path / "pid"
    code = f"import test_workers; test_workers.parent_that_is_killed({str(place)!r})"
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env={**os.environ, "PYTHONPATH": paths}
    )
    async with asyncio.timeout(30):
        while not place.exists() or not place.read_text():
            await asyncio.sleep(0.01)
    parent.kill()
    await parent.wait()
    await until_dead(int(place.read_text()))

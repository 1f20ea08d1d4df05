"""`watcher`, which kills itself at one step of its line.

    python killed_watcher.py "before watcher.pipeline:judge" once -c config.toml

The step is a function of watcher's, real but for its end; a number after it says which call of it.
"""

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutinefunction
from itertools import count
from typing import Any


def arm(when: str, where: str, call: int) -> None:
    """Put death before or after a call of the function at `module:name`."""
    module, _, path = where.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, name, deadly(getattr(owner, name), when, call))


def deadly(real: Callable[..., Any], when: str, call: int) -> Callable[..., Any]:
    calls = count(1)

    def die_if(now: str, number: int) -> None:
        if (now, number) == (when, call):
            os.kill(os.getpid(), signal.SIGKILL)

    def run(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        die_if("before", number)
        result = real(*args, **kwargs)
        die_if("after", number)
        return result

    async def run_async(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        die_if("before", number)
        result = await real(*args, **kwargs)
        die_if("after", number)
        return result

    return run_async if iscoroutinefunction(real) else run


if __name__ == "__main__":  # worker processes import this file, and must live
    from watcher.cli.main import main

    step, *command = sys.argv[1:]
    if step:
        when, where, *call = step.split()
        arm(when, where, int(*call or (1,)))
    main(command)

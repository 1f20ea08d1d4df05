"""`watcher`, which sends itself a signal at one step of its line.

    python killed_watcher.py "SIGKILL before watcher.pipeline:judge" once -c config.toml

The step is a function of watcher's, real but for what comes before or after it; a number says which call.
"""

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutinefunction
from itertools import count
from typing import Any


def arm(name: str, when: str, where: str, call: str = "1") -> None:
    """Put a signal before or after a call of the function at `module:name`."""
    module, _, path = where.partition(":")
    *owners, function = path.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, function, armed(getattr(owner, function), signal.Signals[name], when, int(call)))


def armed(real: Callable[..., Any], sign: signal.Signals, when: str, call: int) -> Callable[..., Any]:
    calls = count(1)

    def strike_if(now: str, number: int) -> None:
        if (now, number) == (when, call):
            os.kill(os.getpid(), sign)

    def run(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        strike_if("before", number)
        result = real(*args, **kwargs)
        strike_if("after", number)
        return result

    async def run_async(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        strike_if("before", number)
        result = await real(*args, **kwargs)
        strike_if("after", number)
        return result

    return run_async if iscoroutinefunction(real) else run


if __name__ == "__main__":  # worker processes import this file, and must live
    from watcher.cli.main import main

    step, *command = sys.argv[1:]
    if step:
        arm(*step.split())
    main(command)

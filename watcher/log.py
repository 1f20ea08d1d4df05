"""The log: one line an event, on standard error; readable on a terminal, key=value elsewhere."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from watcher.notify.sendable import line

Log = FilteringBoundLogger


def open_log(stream: TextIO | None = None, *, level: int = logging.INFO) -> Log:
    """A log that writes to `stream` (standard error if not given) what is at least of this level."""
    stream = stream or sys.stderr
    log: Log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            _made_printable,
            structlog.processors.format_exc_info,
            *_shown(stream.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return log


def _made_printable(_log: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Text from the network as one line, without control and bidi characters."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = line(value)
    return event


def _shown(on_terminal: bool) -> list[Any]:
    if on_terminal:
        return [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False), structlog.dev.ConsoleRenderer()]
    return [structlog.processors.LogfmtRenderer(key_order=["level", "event"])]

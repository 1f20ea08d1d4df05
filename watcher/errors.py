"""Every error that watcher raises on purpose.

    WatcherError
    ├── ConfigError(problems)              config.toml or a rule file is wrong
    ├── SourceError(source)
    │   ├── FetchError                     no answer, bad status, too large, forbidden address
    │   └── ParseError                     an answer we cannot read
    ├── NotifyError(channel, permanent)    a message was not accepted
    ├── StoreError                         the database refused
    └── BusyError                          another watcher holds the database

Each message is one plain sentence: what happened, where, and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class WatcherError(Exception):
    """The root: anything we raise on purpose, with a message for people. It can leave a worker process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _revived, (type(self), self.args), self.__dict__


def _revived(kind: type[WatcherError], args: tuple[object, ...]) -> WatcherError:
    """An error as pickle brings it back: its own constructor may want more than its message."""
    return kind.__new__(kind, *args)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file of the user's, printed `path:line:column: text`.

    line and column count from 1; 0 means that they are not known. A warning stops nothing.
    """

    path: str
    line: int
    column: int
    text: str
    warning: bool = False

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place}: {'warning: ' if self.warning else ''}{self.text}"


class ConfigError(WatcherError):
    """config.toml or a rule file is wrong; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(WatcherError):
    """A source could not be polled. `source` is its name."""

    def __init__(self, source: str, message: str) -> None:
        self.source = source
        super().__init__(message)


class FetchError(SourceError):
    """No answer, a bad status, too large, too slow, or a forbidden address.

    status: the HTTP status, if there was one; retry_after: what the server asked us to wait.
    """

    def __init__(
        self, source: str, message: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        self.status = status
        self.retry_after = retry_after
        super().__init__(source, message)


class ParseError(SourceError):
    """The source answered, but not with anything that can be read as its kind."""


class NotifyError(WatcherError):
    """A message was not accepted. permanent: trying again cannot help."""

    def __init__(self, channel: str, message: str, *, permanent: bool = False) -> None:
        self.channel = channel
        self.permanent = permanent
        super().__init__(message)


class StoreError(WatcherError):
    """The database refused: missing, damaged, full, locked, or of a newer watcher."""


class BusyError(WatcherError):
    """Another watcher is polling or delivering on this database."""

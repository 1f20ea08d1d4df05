"""From a response to a listing: which parser reads which kind of source.

`parse` may hang and may eat memory, as what strangers send can make it; `parse_in` runs it in a worker
process, under the limits below.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from watcher.errors import ParseError
from watcher.ingest.feed import read_feed
from watcher.model import Listing, Response, Source
from watcher.workers import MEBIBYTE, WorkerError, Workers

PARSE_DEADLINE = timedelta(seconds=30)
PARSE_MEMORY = 1024 * MEBIBYTE  # of address space

Parser = Callable[[Source, Response, frozenset[str]], Listing]

PARSERS: Mapping[str, Parser] = MappingProxyType({"feed": read_feed})


def parse(source: Source, response: Response, seen: frozenset[str] = frozenset()) -> Listing:
    """What the answer shows: the marks of all its items, and a Dispatch for each with a mark not in `seen`.

    The dispatches have no fingerprint yet. Raises ParseError for an answer that is not of the
    source's kind.
    """
    parser = PARSERS.get(source.kind)
    if parser is None:
        known = ", ".join(sorted(PARSERS))
        raise ParseError(source.name, f'There is no kind "{source.kind}" of sources; write one of: {known}')
    return parser(source, response, seen)


async def parse_in(
    workers: Workers, source: Source, response: Response, seen: frozenset[str] = frozenset()
) -> Listing:
    """`parse` in a worker process. Killed there, or out of memory, is a ParseError like any other."""
    try:
        return await workers.run(PARSE_DEADLINE, parse, portable(source), response, seen)
    except WorkerError as error:
        raise ParseError(source.name, f"The answer cannot be read: {error}") from error


def portable(source: Source) -> Source:
    """The source without headers and proxy: fit for another process, and without those secrets."""
    return replace(source, headers={}, proxy="")

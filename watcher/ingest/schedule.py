"""What the outcome of a poll leaves on its source: when to come again, what to ask with, what to say.

Pure: every function takes a source as it was and gives it as it is. jitter: from 0 to 1, spreads
sources that would otherwise come due together.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.errors import FetchError, SourceError
from watcher.model import Dispatch, Response, Source

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
FLOOD = 20
_GONE, _GONE_WAIT = 410, timedelta(days=1)
_SPREAD = 0.1  # of a wait
_DOUBLINGS = 16  # enough for any wait to pass the longest

GAP = "It shows nothing of what it showed before: news may have been missed; poll it more often"


def succeeded(
    source: Source,
    response: Response,
    *,
    body_hash: str,
    shows: bool,
    brought_news: bool,
    overlapped: bool | None,
    warning: str,
    now: datetime,
    jitter: float,
) -> Source:
    """After an answer that was read and whose news is stored.

    shows: did it show any dispatch; the first time, the source has its baseline. overlapped: did it
    show any that the poll before it showed; None if one of the two showed nothing. warning: the
    parser's. Only here are the ETag and its like taken over, so that they are never ahead of the news.
    """
    return replace(
        _reached(source, now, jitter),
        etag=response.etag,
        last_modified=response.last_modified,
        body_hash=body_hash,
        baselined_at=source.baselined_at or (now if shows else None),
        news_at=now if brought_news else source.news_at,
        overlaps=source.overlaps or bool(overlapped),
        warning=_warning(warning, response, is_gap=source.overlaps and overlapped is False),
    )


def unchanged(source: Source, now: datetime, jitter: float) -> Source:
    """After an answer that says, or proves to be, the same as the last one; its warning stands."""
    return _reached(source, now, jitter)


def failed(source: Source, error: SourceError, now: datetime, jitter: float) -> Source:
    """After a poll that brought nothing.

    The wait doubles from a minute up to six hours, and is never shorter than the server asks for.
    A source that is gone (410) says so in gone_at, and is asked once a day whether it is back.
    """
    wait = min(FIRST_WAIT, source.every) * 2 ** min(source.failures, _DOUBLINGS)
    next_poll_at = now + min(wait, LONGEST_WAIT) * (1 + _SPREAD * jitter)
    is_gone = isinstance(error, FetchError) and error.status == _GONE
    asked = _GONE_WAIT if is_gone else error.retry_after if isinstance(error, FetchError) else None
    not_before = None if asked is None else now + asked
    return replace(
        source,
        polled_at=now,
        failures=source.failures + 1,
        next_poll_at=max(next_poll_at, not_before or next_poll_at),
        not_before=not_before,
        gone_at=(source.gone_at or now) if is_gone else None,
        error=str(error),
    )


def flooded(source: Source, new: Sequence[Dispatch]) -> frozenset[int]:
    """The ids of the dispatches that make up a flood; none if there are fewer than 20.

    new: those a poll brought that we did not know. They are old if they bear a day before the source's
    last good poll; where its time zone is unknown that day may be off by one, and the day before counts
    as recent too.
    """
    if source.succeeded_at is None:
        return frozenset()
    recent = source.succeeded_at.astimezone(source.timezone or UTC).date()
    if source.timezone is None:
        recent -= timedelta(days=1)
    old = frozenset(dispatch.id for dispatch in new if dispatch.day and dispatch.day < recent)
    return old if len(old) >= FLOOD else frozenset()


def _reached(source: Source, now: datetime, jitter: float) -> Source:
    return replace(
        source,
        polled_at=now,
        succeeded_at=now,
        next_poll_at=now + source.every * (1 + _SPREAD * (jitter - 0.5)),
        not_before=None,
        gone_at=None,
        failures=0,
        error="",
    )


def _warning(of_parser: str, response: Response, *, is_gap: bool) -> str:
    moved = f"It has moved for good; change its url to {response.moved_to}" if response.moved_to else ""
    return ". ".join(text for text in (GAP if is_gap else "", moved, of_parser) if text)

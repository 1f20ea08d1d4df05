"""Durations, counts and instants in the words people read."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_PART = re.compile(r"(\d{1,6})\s*(second|minute|hour|day|week)s?")


def parse_duration(words: str) -> timedelta:
    """The length of "15 minutes", "6 hours", "1 hour 30 minutes"; ValueError says what to write."""
    parts = _PART.findall(words.strip().lower())
    if not parts or _PART.sub("", words.strip().lower()).strip(" ,"):
        raise ValueError(f'"{words}" is not a duration; write it in words, like "15 minutes" or "6 hours"')
    length = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
    if not length:
        raise ValueError(f'"{words}" is no time at all; write a duration longer than zero')
    return length


def format_duration(length: timedelta) -> str:
    """The largest whole unit that fits: "15 minutes", "2 days"."""
    seconds = int(length.total_seconds())
    for unit, size in reversed(_UNITS.items()):
        whole = int(size.total_seconds())
        if seconds >= whole and (seconds % whole == 0 or seconds >= 2 * whole):
            return many(round(seconds / whole), unit)
    return "0 seconds"


def many(count: int, noun: str) -> str:
    """A count and its noun: "1 source", "2 sources"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second, as every --json prints it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(moment: datetime, zone: tzinfo) -> str:
    """An instant as people in `zone` read it: "2024-08-04 06:00 KST"."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")

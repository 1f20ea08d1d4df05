"""The dates that feeds and pages bear, read without guessing."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_LONGEST = 100
_JUCHE = 1911  # Juche 1 is 1912
_YEARS = range(1900, 2200)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s*)?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_COMMENT = r"(?:\s*(?:\([^()]*\)|\[[^\[\]]*\]))?"
_ZONE = rf"(?:\s*(?P<zone>[+-]\d{{2}}:?\d{{2}}|[+-]\d{{2}}|[a-z]{{1,5}}){_COMMENT})?"
_TIME = rf"(?:(?:\s*t\s*|[\s,]+){_CLOCK}{_ZONE})?"
_YMD = r"(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_HAN = r"\s*[년年]\s*(?P<month>\d{1,2})\s*[월月]\s*(?P<day>\d{1,2})\s*[일日]"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})-{_YMD}{_TIME}",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        rf"(?:t(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{_ZONE})?",
        r"\[?\s*(?P<year>\d{4})(?P<dot>[./])\s*(?P<month>\d{1,2})(?P=dot)\s*(?P<day>\d{1,2})\.?\s*\]?"
        rf"{_TIME}",
        rf"(?P<year>\d{{4}}){_HAN}{_TIME}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:\s+|-){_MONTH}\.?,?(?:\s+|-)(?P<year>\d{{4}}|\d{{2}}){_TIME}",
        rf"{_WEEKDAY}{_MONTH}\.?\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}(?:\s+(?P<zone>[a-z]{{1,5}}))?\s+(?P<year>\d{{4}})",
        r"\(?juche\s*(?P<juche>\d{1,3})(?:\s*\(\d{4}\))?\.\s*"
        r"(?P<month>\d{1,2})\.\s*(?P<day>\d{1,2})\.?\)?",
        rf"(?:주체|主體|主体)\s*(?P<juche>\d{{1,3}})(?:\s*\(\d{{4}}\))?{_HAN}",
    )
)

# Names that mean one offset only: CST (of America or China), IST, BST and the like count only where the
# source's own time zone goes by that name.
_ZONES = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("KST", "JST"), 9),
    **dict.fromkeys(("HKT", "SGT"), 8),
    **dict.fromkeys(("MSK", "EEST"), 3),
    **dict.fromkeys(("EET", "CEST"), 2),
    "CET": 1,
    "EDT": -4,
    **dict.fromkeys(("EST", "CDT"), -5),
    "MDT": -6,
    **dict.fromkeys(("MST", "PDT"), -7),
    "PST": -8,
}

Reading = tuple[date | None, datetime | None]


def read_date(text: str, zone: tzinfo | None) -> Reading:
    """The day a text bears, and the instant in UTC where it names one; None for what it does not say.

    zone: the source's. A time without an offset is in that zone, and without a zone only a day.
    A time with an offset bears its day in that zone, and without a zone the day that is written. What
    can be read in two ways (01/02/2024) is not read at all.
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        return None, None
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return _reading(found.groupdict(), zone)
    return None, None


def _reading(parts: dict[str, str | None], zone: tzinfo | None) -> Reading:
    day = _day(parts)
    if day is None or parts.get("hour") is None:
        return day, None
    clock = _clock(parts)
    if clock is None:
        return day, None
    moment = datetime.combine(day, datetime.min.time()) + clock
    offset = _offset(parts.get("zone"), zone, moment)
    if offset is None:
        return day, None
    try:
        instant = moment.replace(tzinfo=offset)
        return instant.astimezone(zone).date() if zone else day, instant.astimezone(UTC)
    except OverflowError:
        return day, None


def _day(parts: dict[str, str | None]) -> date | None:
    try:
        day = date(_year(parts), _month(parts), int(parts["day"] or 0))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _year(parts: dict[str, str | None]) -> int:
    juche = parts.get("juche")
    if juche:
        return int(juche) + _JUCHE
    year = parts.get("year") or ""
    if len(year) == 2:  # as RFC 2822 reads them
        return int(year) + (2000 if int(year) < 50 else 1900)
    return int(year)


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(parts.get("month") or 0)


def _clock(parts: dict[str, str | None]) -> timedelta | None:
    hour, minute, second = (int(parts.get(unit) or 0) for unit in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 60:
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _offset(name: str | None, zone: tzinfo | None, moment: datetime) -> tzinfo | None:
    """The zone a time is in: as written, else the source's; None if it cannot be told."""
    if name is None:
        return zone
    if name[0] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-length if name[0] == "-" else length) if length <= timedelta(hours=14) else None
    if zone is not None and moment.replace(tzinfo=zone).tzname() == name.upper():
        return zone
    hours = _ZONES.get(name.upper())
    return None if hours is None else timezone(timedelta(hours=hours))

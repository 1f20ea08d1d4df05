"""The tables of config.toml, and what their keys may hold.

A source's defaults are those of `model.Source`: here they only say that the key may be left out.
"""

import re
import zoneinfo
from collections import Counter
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from watcher.model import Severity
from watcher.times import format_duration, parse_duration

NAME = re.compile(r"[^\W_][\w-]{0,59}")
KINDS = ("feed",)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_DATABASE = re.compile(r"sqlite:///.*[^/]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
WAYS = ("url", "urls", "url_env", "url_file")


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("nothing stands between the quotes; write something, or leave the key out")
    if _UNPRINTABLE.search(value):
        raise ValueError("the text holds a line break or a control character; take it out")
    return value


def _several(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("the list is empty; write something in it, or leave the key out")
    if twice := [each for each, count in Counter(value).items() if count > 1]:
        number = value.index(twice[0]) + 1
        raise ValueError(f"entry {number} of the list stands in it twice; remove one")
    return value


def _duration(longest: timedelta) -> BeforeValidator:
    def read(value: object) -> timedelta:
        if not isinstance(value, str):
            raise ValueError('a duration is written in words, in quotes: "15 minutes" or "6 hours"')
        try:
            length = parse_duration(value)
        except OverflowError:
            length = timedelta.max
        if length > longest:
            raise ValueError(f"this is longer than {format_duration(longest)}, the longest there is")
        return length

    return BeforeValidator(read)


def _zone(value: object) -> ZoneInfo:
    if not isinstance(value, str):
        raise ValueError('a time zone is written in quotes: "Europe/Berlin"')
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        known = {each.casefold(): each for each in zoneinfo.available_timezones()}
    alike = get_close_matches(value.casefold(), known, n=1)
    hint = f'did you mean "{known[alike[0]]}"?' if alike else 'write one like "Europe/Berlin" or "Asia/Seoul"'
    raise ValueError(f'there is no time zone "{value}"; {hint}')


def _severity(value: object) -> Severity:
    names = [str(severity) for severity in Severity]
    if value not in names:
        raise ValueError(f"there is no such severity; write one of: {', '.join(names)}")
    return Severity[str(value).upper()]


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"there is no such kind of source; write one of: {', '.join(KINDS)}")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('a language is written as its code, like "en", "ko" or "zh-Hant"')
    return value


def _web_address(value: str) -> str:
    if not value.lower().startswith(("http://", "https://")):
        raise ValueError("an address begins with http:// or https://")
    return _with_host(value)


def _proxy(value: str) -> str:
    if not value.lower().startswith("http://"):
        raise ValueError("only proxies at http:// addresses are supported; write another, or leave it out")
    return _with_host(value)


def _with_host(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_good = bool(parts.hostname) and (parts.port is None or parts.port > 0) and " " not in value
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError("this is not a proper address; write one like https://news.example/feed")
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    from watcher.ingest.headers import header_fault  # with its libraries: only few configurations need it

    if fault := header_fault(value):
        raise ValueError(fault)
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError(
            "this is no name of an environment variable; write the name alone, and the URL there"
        )
    return value


def _file(value: str) -> str:
    if "://" in value:
        raise ValueError("this is a URL, not the name of a file; write the URL as url, or into a file")
    return value


def _database(value: str) -> str:
    if not _DATABASE.fullmatch(value) or value.endswith(":memory:"):
        raise ValueError('a database is written as a file, like "sqlite:///watcher.db"')
    return value


Text = Annotated[str, AfterValidator(_text)]
Several = Annotated[list[Text], AfterValidator(_several)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
YEAR = timedelta(weeks=52)
HOUR = timedelta(hours=1)


class Table(BaseModel):
    """Strict: text is text, true is true, and a key that is not known is a mistake."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def spellings(cls) -> list[str]:
        """The keys as they are written."""
        return [field.alias or name for name, field in cls.model_fields.items()]


class WatcherTable(Table):
    """[watcher]"""

    database: Annotated[Text, AfterValidator(_database)] = "sqlite:///watcher.db"
    rules: Text = "rules"
    timezone: Zone = ZoneInfo("UTC")


class SourceTable(Table):
    """[sources.NAME]"""

    url: Annotated[Text, AfterValidator(_web_address)]
    every: Annotated[timedelta | None, _duration(YEAR)] = None
    kind: Annotated[str, AfterValidator(_kind)] = "feed"
    outlet: Text = ""
    timezone: Zone | None = None
    language: Annotated[Text, AfterValidator(_language)] = ""
    tags: Several = Field(default_factory=list)
    enabled: bool = True
    allow_private: bool = False
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(default_factory=dict)
    proxy: Annotated[Text, AfterValidator(_proxy)] = ""
    timeout: Annotated[timedelta | None, _duration(HOUR)] = None


class ChannelTable(Table):
    """[channels.NAME]: exactly one of the four ways to say where it leads."""

    url: Text | None = None
    urls: Several = Field(default_factory=list)
    url_env: Annotated[Text, AfterValidator(_variable)] = ""
    url_file: Annotated[Text, AfterValidator(_file)] = ""
    allow_private: bool = False

    @model_validator(mode="after")
    def _is_one_way(self) -> "ChannelTable":
        ways = [way for way in WAYS if way in self.model_fields_set]
        if len(ways) != 1:
            found = (
                f"has {' and '.join(ways)}; keep one of them" if ways else f"needs one of {', '.join(WAYS)}"
            )
            raise ValueError(f"a channel leads to one place, and this one {found}")
        return self


class RouteTable(Table):
    """[[routes]]"""

    severity: Annotated[Severity, PlainValidator(_severity)] = Severity.LOW
    rules: Several = Field(default_factory=list)
    sources: Several = Field(default_factory=list)
    tags: Several = Field(default_factory=list)
    channels: Several
    continues: bool = Field(default=False, alias="continue")


class OperatorTable(Table):
    """[operator]"""

    channels: Several

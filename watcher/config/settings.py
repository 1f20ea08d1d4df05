"""All settings together: the file found, read and checked."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from watcher.config.channels import Absent, channel
from watcher.config.draft import Draft, did_you_mean, texts
from watcher.config.routes import operator, routes
from watcher.config.secrets import readable_by_others, secret_keys, seem_secret
from watcher.config.tables import ChannelTable, SourceTable, WatcherTable
from watcher.config.toml import Name, Places, read
from watcher.errors import ConfigError, Problem
from watcher.model import Channel, Source
from watcher.notify.route import Route

TABLES = ("watcher", "sources", "channels", "routes", "operator")
_RELATIVE = re.compile(r"(sqlite:///)([^/].*)")


@dataclass(frozen=True, slots=True)
class Settings:
    """What config.toml says; database and rules are absolute.

    path: of the file, as it was given. places: where in the file each key stands.
    """

    path: Path
    database: str
    rules: Path
    timezone: ZoneInfo
    sources: Mapping[str, Source]
    channels: Mapping[str, Channel]
    routes: tuple[Route, ...]
    operator: tuple[str, ...]
    places: Places = field(repr=False, compare=False)


def find(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration to read: the one given or named by $WATCHER_CONFIG, else the first that is there."""
    if given:
        return given
    if environ.get("WATCHER_CONFIG"):
        return Path(environ["WATCHER_CONFIG"])
    places = list(_places(environ))
    for path in places:
        if _is_there(path):
            return path
    text = (
        f"there is no configuration in any of the usual places ({', '.join(map(str, places))}); "
        "`watcher init` writes one to begin with, and -c FILE or $WATCHER_CONFIG names one elsewhere"
    )
    raise ConfigError([Problem("config.toml", 0, 0, text)])


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in a file. Raises ConfigError with every problem in it.

    environ: where `url_env` and the credentials of systemd are looked up. Does not ask Apprise, which
    is slow, whether it takes the URLs of channels: that is `check_channels`.
    """
    settings, problems = look_over(path, environ)
    if problems:
        raise ConfigError(problems)
    return settings


def look_over(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Settings, list[Problem]]:
    """As much of the settings in a file as can be had, and every problem in it.

    Raises ConfigError for a file of which nothing can be had.
    """
    tables, places = read(path)
    if not tables:
        text = "the file is empty; `watcher init` writes one that shows every setting"
        raise ConfigError([Problem(str(path), 0, 0, text)])
    draft = Draft(path, places)
    settings = _settings(draft, tables, environ)
    return settings, sorted(draft.problems)


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    yield Path("config.toml")
    folder = environ.get("XDG_CONFIG_HOME", "")
    if Path(folder).is_absolute():
        yield Path(folder, "watcher", "config.toml")
    elif environ.get("HOME"):
        yield Path(environ["HOME"], ".config", "watcher", "config.toml")
    yield Path("/etc/watcher/config.toml")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _settings(draft: Draft, tables: dict[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings as far as they can be had; whatever is wrong is a problem of the draft."""
    folder = draft.path.absolute().parent
    _check_names(draft, tables)
    sources = _sources(draft, tables.get("sources", {}))
    channels = _channels(draft, tables.get("channels", {}), folder, environ)
    written = list(tables["channels"]) if isinstance(tables.get("channels"), dict) else []
    routed = routes(draft, tables.get("routes", []), written, set(_names(tables.get("sources"))))
    told = operator(draft, tables.get("operator"), written, routed)
    general = _general(draft, tables.get("watcher", {}))
    _check_secrets(draft, sources, channels)
    database = _RELATIVE.sub(lambda url: f"{url[1]}{folder / url[2]}", general.database)
    return Settings(
        path=draft.path,
        database=database,
        rules=folder / general.rules,
        timezone=general.timezone,
        sources=sources,
        channels=channels,
        routes=routed,
        operator=told,
        places=draft.places,
    )


def _general(draft: Draft, written: object) -> WatcherTable:
    """What [watcher] says; if something in it is wrong, at least where the rules are."""
    general = draft.table(WatcherTable, written, ("watcher",))
    if general is None and isinstance(written, dict) and isinstance(written.get("rules"), str):
        return WatcherTable(rules=written["rules"])
    return general or WatcherTable()


def _check_names(draft: Draft, tables: Mapping[str, object]) -> None:
    for name, table in tables.items():
        if name in TABLES:
            continue
        if isinstance(table, dict | list):
            draft.problem((name,), f"there is no such table{did_you_mean(name, list(TABLES))}")
        else:
            draft.problem((name,), "this is a key outside any table; move it below the [table] it belongs to")


def _sources(draft: Draft, written: object) -> dict[str, Source]:
    if written == {}:
        draft.problem(("sources",), 'there is nothing to watch; add [sources.NAME], and below it a url = "…"')
    found = {}
    for name, table in draft.named(written, "sources"):
        if read := draft.table(SourceTable, table, ("sources", name)):
            given = read.model_dump(exclude_unset=True)
            given["tags"] = frozenset(read.tags)
            given["outlet"] = read.outlet or urlsplit(read.url).hostname
            found[name] = Source(name=name, **given)
    return found


def _channels(draft: Draft, written: object, folder: Path, environ: Mapping[str, str]) -> dict[str, Channel]:
    if written == {}:
        draft.problem(
            ("channels",), 'alerts would reach nobody; add [channels.NAME], and below it a url = "…"'
        )
    found = {}
    for name, table in draft.named(written, "channels"):
        if read := draft.table(ChannelTable, table, ("channels", name)):
            try:
                found[name] = channel(name, read, folder, environ)
            except Absent as absent:
                draft.problem(("channels", name, absent.key), str(absent))
    return found


def _names(sources: object) -> Iterator[str]:
    """Every name and tag of a source, also of those with problems."""
    for name, table in sources.items() if isinstance(sources, dict) else ():
        yield name
        yield from texts(table, "tags")


def _check_secrets(draft: Draft, sources: Mapping[str, Source], channels: Mapping[str, Channel]) -> None:
    """Nobody but the owner may read a configuration that holds secrets."""
    found: list[Name] = [
        ("sources", each.name, key) for each in sources.values() for key in secret_keys(each)
    ]
    for each in channels.values():
        keys: list[Name] = [("channels", each.name, "url"), ("channels", each.name, "urls")]
        if seem_secret(each.urls):
            found += [key for key in keys if draft.has(key)]
    exposed = readable_by_others(draft.path) if found else ""
    if exposed:
        draft.problem(found[0], exposed)

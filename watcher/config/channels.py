"""Where channels lead: their URLs, from the configuration, the environment or a file of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.config.draft import Draft
from watcher.config.secrets import is_example, readable_by_others
from watcher.config.tables import WAYS, ChannelTable
from watcher.config.toml import Name
from watcher.errors import NotifyError, Problem
from watcher.model import Channel
from watcher.notify.targets import has_secret, private_host, targets

if TYPE_CHECKING:
    from watcher.config.settings import Settings


class Absent(Exception):
    """A URL that is kept elsewhere is not there. key: of the channel; the message says what to do."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


def channel(name: str, table: ChannelTable, folder: Path, environ: Mapping[str, str]) -> Channel:
    """The channel with its URLs. folder: of the configuration. Raises Absent."""
    if table.url_env:
        urls = [_from_environment(table.url_env, environ)]
    elif table.url_file:
        urls = [_from_file(table.url_file, folder, environ)]
    else:
        urls = [table.url] if table.url else table.urls
    return Channel(name, tuple(urls), table.allow_private)


def check_channels(settings: "Settings") -> list[Problem]:
    """Every problem of a channel that shows only when Apprise is asked, which takes a moment.

    Connects nowhere, and names no secret.
    """
    draft = Draft(settings.path, settings.places)
    for channel in settings.channels.values():
        for number, url in enumerate(channel.urls):
            name = _name(channel.name, number, draft)
            for fault in _faults(channel, url, settings.path if name[2] in ("url", "urls") else None):
                draft.problem(name, fault)
    return draft.problems


def _from_environment(variable: str, environ: Mapping[str, str]) -> str:
    if not environ.get(variable, "").strip():
        raise Absent(
            "url_env",
            f"the environment variable {variable} is not set, or empty; set it to the channel's URL",
        )
    return environ[variable].strip()


def _from_file(file: str, folder: Path, environ: Mapping[str, str]) -> str:
    path = _credential(file, environ) or folder / file
    try:
        lines = path.read_text("utf-8").split("\n")
    except OSError as error:
        text = f"{path} cannot be read ({error.strerror}); it should hold the channel's URL"
        raise Absent("url_file", text) from error
    except UnicodeDecodeError as error:
        raise Absent("url_file", f"{path} is not UTF-8 text; it should hold the channel's URL") from error
    urls = [line.strip() for line in lines if line.strip()]
    if len(urls) != 1:
        found = "several lines" if urls else "nothing"
        raise Absent("url_file", f"{path} holds {found}; it should hold the channel's URL, on one line")
    return urls[0]


def _credential(file: str, environ: Mapping[str, str]) -> Path | None:
    """The credential of that name which systemd handed to the service, if it did."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / file if folder and not Path(file).is_absolute() else None
    return path if path and path.is_file() else None


def _name(channel: str, number: int, draft: Draft) -> Name:
    """The key that a URL of a channel comes from."""
    names: list[Name] = [("channels", channel, "urls", number), *(("channels", channel, way) for way in WAYS)]
    return next(name for name in names if draft.has(name))


def _faults(channel: Channel, url: str, written_in: Path | None) -> Iterator[str]:
    """What is wrong with a URL. written_in: the configuration, if that is where it stands."""
    if is_example(url):
        yield "this is still an example, which nobody receives; write where your alerts shall go"
        return
    try:
        targets(Channel(channel.name, (url,), channel.allow_private))
    except NotifyError as error:
        yield str(error).removeprefix(f"channel {channel.name}: ")
    private = None if channel.allow_private else private_host(url)
    if private:
        yield f"{private}, which is not reached unless the channel says allow_private = true"
    exposed = readable_by_others(written_in) if written_in and has_secret(url) else ""
    if exposed:
        yield exposed

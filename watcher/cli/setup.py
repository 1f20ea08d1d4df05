"""`watcher demo`, `init` and `check`: from nothing to a configuration that holds."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.options import Config, Json, config_path
from watcher.cli.show import bold, dim, highlighted, note, say, say_json, wrapped
from watcher.errors import ConfigError, Problem
from watcher.times import many

if TYPE_CHECKING:
    from datetime import datetime

    from watcher.model import Message
    from watcher.pipeline import Poll

_NEXT = """\
To watch real feeds:
  1. watcher init news        writes news/config.toml and news/rules/, with comments
  2. edit the two lines in news/config.toml marked EDIT: the feed, and where alerts go
  3. cd news, then: watcher check, watcher once, and watcher run to go on watching"""


def demo() -> None:
    """Play five days of sample news on this machine, without internet, and show the alerts."""
    from watcher.demo.play import START, play

    say(bold("Sample news of five days, polled over HTTP on this machine, held against the shipped rules."))
    days = set[str]()

    def show_poll(moment: "datetime", poll: "Poll") -> None:
        day = f"{moment:%A %d %B %Y}"
        if day not in days:
            say(f"\n{bold(day)}")
        days.add(day)
        known = ", stored as known: a first poll alerts nobody" if moment == START else ""
        say(dim(f"{moment:%H:%M} {poll.after.name}: {poll.error or f'{poll.new} new{known}'}"))

    play(show_poll, _show_message)
    say(f"\n{_NEXT}")


def _show_message(message: "Message") -> None:
    say()
    say(bold(wrapped(message.title)))
    for text in message.body.split("\n"):
        if text and text != message.title:
            say("  " + highlighted(wrapped(text, "      ")))
    say()


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made if it is not there.")] = Path(),
) -> None:
    """Write a commented config.toml, and rules/ to begin with, with the texts they are tested on."""
    from watcher import shipped

    root = shipped.root()
    wanted = {folder / "config.toml": root / "config.example.toml"}
    samples = [
        *(root / "rules").rglob("*.yaml"),
        *(root / "seeds").glob("*.txt"),
    ]  # the rules' tests read the seeds
    wanted |= {folder / path.relative_to(root): path for path in sorted(samples)}
    there = [path for path in wanted if path.exists()]
    if there:
        text = "is there already and is not overwritten; name another folder, or move it away"
        raise ConfigError([Problem(str(path), 0, 0, text) for path in there])
    for path, original in wanted.items():
        _copy(original, path)
    say(f"Wrote {folder / 'config.toml'} and {folder / 'rules'}/.")
    say(f"Edit the two lines of config.toml marked EDIT, then: {_check_command(folder)}")


def _check_command(folder: Path) -> str:
    return "watcher check" if folder == Path() else f"watcher check -c {folder / 'config.toml'}"


def _copy(original: Path, path: Path) -> None:
    """A copy; the configuration will hold secrets, so it is readable by its owner only from the start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if path.name == "config.toml" else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(original.read_bytes())


def check(config: Config = None, json: Json = False) -> int:
    """Look over configuration, channels and rules, run the rules' own tests; every problem at once."""
    from watcher.check import check as look

    found = look(config_path(config))
    if json:
        say_json({"ok": not found.errors, "problems": [_as_json(each) for each in found.problems]})
        return 1 if found.errors else 0
    for problem in found.problems:
        say(str(problem))
    if found.errors:
        note(f"{many(len(found.errors), 'problem')}.")
        return 1
    say(found.summary)
    return 0


def _as_json(problem: Problem) -> dict[str, object]:
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "warning": problem.warning,
    }

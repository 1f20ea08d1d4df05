"""Every command there is, and what an error looks like to the person who typed it."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from watcher import __version__
from watcher.cli import alerts, dispatches, notify, outbox, run, setup, sources
from watcher.cli.show import fail
from watcher.errors import ConfigError, WatcherError

Command = Callable[..., Any]

# in the order in which `watcher --help` shows them; a name of two words is a command of a group
COMMANDS: tuple[tuple[str, Command], ...] = (
    ("demo", setup.demo),
    ("init", setup.init),
    ("check", setup.check),
    ("once", run.once),
    ("run", run.run),
    ("sources list", sources.list_),
    ("dispatches list", dispatches.list_),
    ("dispatches show", dispatches.show),
    ("dispatches search", dispatches.search),
    ("alerts list", alerts.list_),
    ("alerts show", alerts.show),
    ("outbox list", outbox.list_),
    ("outbox retry", outbox.retry),
    ("notify test", notify.try_channel),
)
GROUPS = {
    "sources": "The sources that are polled.",
    "dispatches": "What was published: list, show, search.",
    "alerts": "What the rules found.",
    "outbox": "Messages: on their way, sent, given up.",
    "notify": "Channels: try them.",
}
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 1 an error, 2 wrong usage, 3 a source or channel failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    sys.exit(_run([each for each in given if each != "--debug"], debug))


def _run(arguments: list[str], debug: bool) -> int:
    try:
        application()(arguments, prog_name="watcher")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ConfigError as error:
        return fail(*map(str, error.problems), error=error, debug=debug)
    except WatcherError as error:
        return fail(f"watcher: {error}", error=error, debug=debug)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return fail(f"watcher: {place}{error.strerror or error}", error=error, debug=debug)
    except Exception as error:  # noqa: BLE001 - a bug of ours is told in a sentence as well
        text = f"watcher: an error of watcher's own, {type(error).__name__}: {error}"
        return fail(text, "Please report it with what --debug shows.", error=error, debug=debug)
    return 0


def application() -> Callable[..., Any]:
    """The commands of the table, as an application."""
    root = typer.Typer(
        help="Watches news feeds, matches new dispatches against your rules, and never loses an alert.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_root)
    groups = {
        name: typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
        for name, text in GROUPS.items()
    }
    for name, group in groups.items():
        root.add_typer(group, name=name)
    for name, command in COMMANDS:
        first, _, second = name.partition(" ")
        (groups[first] if second else root).command(second or first)(_exiting(command))
    return root


def _exiting(command: Command) -> Command:
    """The command, which ends the process with the exit code it returns."""

    @wraps(command)
    def run_and_exit(*args: Any, **kwargs: Any) -> None:
        raise typer.Exit(command(*args, **kwargs) or 0)

    return run_and_exit


def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    config: Annotated[
        Path | None, typer.Option("-c", "--config", metavar="FILE", help="The configuration to go by.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; goes anywhere.")] = False,
) -> None:
    if config:
        os.environ["WATCHER_CONFIG"] = str(
            config
        )  # where a command without a --config of its own looks first
    if version:
        sys.stdout.write(f"watcher {__version__}\n")
        raise typer.Exit

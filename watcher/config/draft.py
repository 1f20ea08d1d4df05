"""A configuration while it is read: its tables one by one, and every problem found on the way."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from watcher.config.tables import NAME, Table
from watcher.config.toml import Name, Places
from watcher.errors import Problem

T = TypeVar("T", bound=Table)

_WRONG = {
    "missing": "this key is needed",
    "string_type": 'the value must be text in quotes, like "this"',
    "bool_type": "the value must be true or false, without quotes",
    "list_type": 'the value must be a list, like ["this", "that"]',
    "dict_type": 'the value must be a table, like { name = "value" }',
}


class Draft:
    """problems: so far; whoever finds one goes on reading."""

    def __init__(self, path: Path, places: Places) -> None:
        self.path = path
        self.places = places
        self.problems: list[Problem] = []

    def has(self, name: Name) -> bool:
        """Is this table or key written in the file?"""
        return name in self.places

    def problem(self, name: Name, text: str) -> None:
        """Note a problem of a table or key; of one that is not written, where its table is."""
        place = next(
            (self.places[name[:n]] for n in range(len(name), 0, -1) if name[:n] in self.places), (0, 0)
        )
        self.problems.append(Problem(str(self.path), *place, f"{label(name)}: {text}"))

    def table(self, kind: type[T], written: object, name: Name) -> T | None:
        """What is written, as a table of this kind; None if it has problems, which are noted."""
        if not isinstance(written, dict):
            self.problem(name, f"this is no table; write [{'.'.join(map(str, name))}] and its keys below")
            return None
        try:
            return kind.model_validate(written)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        for each in found:
            self.problem((*name, *each["loc"]), _words(each, kind))
        return None

    def named(self, written: object, kind: str) -> Iterator[tuple[str, Any]]:
        """The tables [kind.NAME] with their names; those with a name that may not be are noted."""
        if not isinstance(written, dict):
            self.problem((kind,), f"write each as a table with a name of your choice: [{kind}.NAME]")
            return
        for name, table in written.items():
            if NAME.fullmatch(name):
                yield name, table
            else:
                text = 'a name has letters, digits, "-" and "_", beginning with a letter or digit, 60 at most'
                self.problem((kind, name), text)


def texts(table: object, key: str) -> list[str]:
    """The texts in a list of a table, whatever else is wrong with it."""
    written = table.get(key) if isinstance(table, dict) else None
    return [each for each in written if isinstance(each, str)] if isinstance(written, list) else []


def label(name: Name) -> str:
    """A table or key as it is written in the file: "[sources.kcna] url"."""
    if name[0] == "routes":
        return " ".join(["[[routes]]", *(str(part) for part in name[2:3])])
    depth = 2 if name[0] in ("sources", "channels") else 1
    table = ".".join(map(str, name[:depth]))
    key = ".".join(part for part in name[depth:] if isinstance(part, str))
    return f"[{table}] {key}".rstrip()


def did_you_mean(word: str, known: list[str]) -> str:
    """ "; did you mean …?", or what there is to choose from, or nothing."""
    folded = {each.casefold(): each for each in known}
    if alike := get_close_matches(word.casefold(), folded, n=1):
        return f'; did you mean "{folded[alike[0]]}"?'
    return f"; write one of: {', '.join(sorted(known))}" if 0 < len(known) <= 20 else ""


def _words(error: ErrorDetails, kind: type[Table]) -> str:
    if error["type"] == "extra_forbidden":
        return f"there is no such key{did_you_mean(str(error['loc'][-1]), kind.spellings())}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _WRONG.get(error["type"], error["msg"])

"""The walls of the house: which room may import which, and which library comes in by which door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "watcher"
LAYERS = (
    {"errors", "model", "located", "located_mistakes", "text", "times", "address", "workers", "shipped"},
    {"ingest", "rules", "notify", "store"},
    {"line"},
    {"judge", "notices", "rulebook"},
    {"pipeline"},
    {"config", "log"},
    {"check"},
    {"service"},
    {"demo"},
    {"cli"},
)
DOORS = {
    "aiohttp": {"ingest"},
    "feedparser": {"ingest"},
    "bs4": {"ingest"},
    "selectolax": {"ingest"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apprise": {"notify"},
    "apscheduler": {"service"},
    "yaml": {"located"},
    "lark": {"rules"},
    "re2": {"rules"},
    "pydantic": {"config"},
    "typer": {"cli"},
    "structlog": {"log"},
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "watcher":
                yield from (f"watcher.{alias.name}" for alias in node.names)
            yield node.module


def layer(name: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if name in rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_and_libraries_come_in_by_their_doors(path: Path) -> None:
    here = room(path)
    for module in imports(path):
        first, _, rest = module.partition(".")
        other = rest.partition(".")[0]
        if first in DOORS:
            assert here in DOORS[first], f"{first} comes in by {DOORS[first]} only"
        if first == "watcher" and other not in ("", "__version__", here) and here != "__init__":
            mine, theirs = layer(here), layer(other)
            if mine == 0:
                assert theirs == 0
            else:
                assert theirs < mine, f"{here} may not import {other}"


def test_every_room_is_on_the_map() -> None:
    on_map = set().union(*LAYERS)
    assert {room(path) for path in FILES} - {"__init__", "__main__"} <= on_map

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from watcher.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database in a file of its own."""
    opened = Store.open("sqlite:///watcher.db", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def statements(store: Store) -> list[str]:
    """The statements that the database is given, as they come."""
    given: list[str] = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *run: given.append(run[2]))
    return given

from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database in a file of its own."""
    opened = Store.open("sqlite:///watcher.db", tmp_path)
    yield opened
    opened.close()

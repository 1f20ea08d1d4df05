from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from scenes import Scene, scene
from straight import World, world


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Scene]:
    """A feed that was never polled."""
    async with scene(tmp_path) as made:
        yield made


@pytest.fixture
async def known(fresh: Scene) -> Scene:
    """A feed whose baseline is known."""
    await fresh.baseline()
    return fresh


@pytest.fixture
def straight(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made

from collections.abc import AsyncIterator

import pytest
from hostile_server import HostileServer

from watcher.ingest.fetch import Fetcher


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher() as running:
        yield running

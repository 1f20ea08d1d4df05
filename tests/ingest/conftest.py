import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hostile_server import HostileServer

from watcher.ingest.fetch import Fetcher

KCNA = Path(__file__).resolve().parents[3] / "shared" / "kcna"


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher() as running:
        yield running


@pytest.fixture(scope="session")
def kcna():
    """The stand-in site of real dispatches, as a module."""
    path = KCNA / "site.py"
    if not path.exists():
        pytest.skip(f"the real dispatches are not here: {KCNA} is absent")
    spec = importlib.util.spec_from_file_location("kcna_site", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def kcna_site(kcna):
    return kcna.Site(KCNA / "dispatches-2024-08-to-09.jsonl.gz", None)

"""What more than one room's tests need."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from watcher import shipped

KCNA = Path(__file__).resolve().parents[2] / "shared" / "kcna"
Configure = Callable[..., Path]


@pytest.fixture
def site_url() -> Iterator[str]:
    """The real dispatches, served by their stand-in site in a process of its own."""
    if not (KCNA / "site.py").exists():
        pytest.skip(f"the real dispatches are not here: {KCNA} is absent")
    site = subprocess.Popen(
        [sys.executable, KCNA / "site.py", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert site.stdout
    with site.stdout:
        try:
            yield site.stdout.readline().split()[0].removesuffix("/en/")
        finally:
            site.kill()
            site.wait()


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Writes a config.toml: configure(feed="http://…", text="…") names sources, and adds tables."""

    def write(text: str = "", **urls: str) -> Path:
        sources = "".join(
            f'[sources.{name}]\nurl = "{url}"\nallow_private = true\noutlet = "kcna.kp"\n'
            'timezone = "Asia/Pyongyang"\n'
            for name, url in urls.items()
        )
        channels = "" if "[channels" in text else '[channels.desk]\nurl = "jsons://hook.example/x"\n'
        rules = f'[watcher]\nrules = "{shipped.root() / "rules"}"\n'
        path = tmp_path / "config.toml"
        path.write_text(rules + sources + channels + text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


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

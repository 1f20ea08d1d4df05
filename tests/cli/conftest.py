import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sample_days import MONDAY, SATURDAY

from watcher import shipped
from watcher.cli.main import main
from watcher.demo.site import Site, served


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def watcher(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the console script would."""
    monkeypatch.delenv("WATCHER_CONFIG", raising=False)

    def run(*arguments: object) -> Ran:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(list(map(str, arguments)))
        os.environ.pop("WATCHER_CONFIG", None)
        return Ran(int(stop.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def site() -> Iterator[Site]:
    """The sample feeds, as they stood on a Saturday evening; a test moves `site.moment` on."""
    with served(Site(shipped.root() / "seeds", SATURDAY)) as site:
        yield site


@pytest.fixture
def config(site: Site, configure: Callable[..., Path]) -> Path:
    """A configuration that watches two of the sample feeds; its channel refuses every connection."""
    text = '[channels.desk]\nurl = "json://127.0.0.1:9"\nallow_private = true\n'
    return configure(text, kcna=f"{site.url}/kcna-en.xml", press=f"{site.url}/press-agency.xml")


@pytest.fixture
def monday(site: Site, config: Path, watcher: Run) -> Path:
    """The configuration, after a first poll on Saturday and another on the morning of the meeting."""
    assert watcher("once", "-c", config).code == 0
    site.moment = MONDAY
    assert watcher("once", "-c", config).code == 3
    return config

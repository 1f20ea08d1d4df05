from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.config import Settings, load
from watcher.errors import ConfigError

LEAST = '[sources.kcna]\nurl = "https://kcna.example/feed"\n[channels.desk]\nurl = "json://hook.example/"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def loaded(path: Path) -> Callable[..., Settings]:
    """The settings of a text; `least` is what every configuration needs."""

    def load_text(text: str = "", least: str = LEAST, mode: int = 0o600, **environ: str) -> Settings:
        path.write_text(text + "\n" + least, "utf-8")
        path.chmod(mode)
        return load(path, environ)

    return load_text


@pytest.fixture
def problems(path: Path, loaded: Callable[..., Settings]) -> Callable[..., list[str]]:
    """The problems of a text, as `line:column: text`."""

    def problems_of(text: str = "", least: str = LEAST, **environ: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loaded(text, least, **environ)
        return [str(problem).removeprefix(f"{path}:").strip() for problem in caught.value.problems]

    return problems_of

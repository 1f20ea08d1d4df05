import tomllib
from pathlib import Path

import pytest

from watcher import shipped

HERE = Path(__file__).parent.parent


def test_in_a_checkout_they_lie_at_the_top_level() -> None:
    assert shipped.root() == HERE
    assert (shipped.root() / "config.example.toml").is_file()
    assert list((shipped.root() / "rules" / "lists").glob("*.yaml"))
    assert list((shipped.root() / "seeds").glob("*.xml"))


def test_in_an_installed_wheel_they_lie_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_data").mkdir()
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)
    assert shipped.root() == tmp_path / "_data"


def test_the_wheel_carries_all_of_them() -> None:
    project = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried == {
        name: f"watcher/_data/{name}"
        for name in ("config.example.toml", "rules", "seeds")
        if (HERE / name).exists()
    }
    assert len(carried) == 3

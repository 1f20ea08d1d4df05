import subprocess
import sys
import zipfile
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


def test_a_wheel_carries_all_of_them(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=HERE, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("watcher/_data/")}
    folders = (HERE / "rules", HERE / "seeds")
    files = {file.relative_to(HERE) for folder in folders for file in folder.rglob("*") if file.is_file()}
    assert carried == {f"watcher/_data/{file}" for file in (*files, "config.example.toml")}

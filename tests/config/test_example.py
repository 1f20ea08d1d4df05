"""The configuration that `watcher init` writes: it loads, says what to edit, and shows every key."""

import re
from collections.abc import Callable

import pytest

from watcher import shipped
from watcher.config import Settings, check_channels
from watcher.config.settings import TABLES
from watcher.config.tables import ChannelTable, OperatorTable, RouteTable, SourceTable, Table, WatcherTable
from watcher.errors import ConfigError

EXAMPLE = (shipped.root() / "config.example.toml").read_text("utf-8")
ALL_ON = re.sub(r"^#(?=[\[a-z])", "", EXAMPLE, flags=re.MULTILINE)
CONTRACT = """
[watcher] database rules timezone
[sources.NAME] url every kind outlet timezone language tags enabled allow_private headers proxy timeout
[channels.NAME] url urls url_env url_file allow_private
[[routes]] severity rules sources tags channels continue
[operator] channels
"""


def test_as_it_is_it_loads_and_check_says_what_to_write(loaded: Callable[..., Settings]) -> None:
    (problem,) = check_channels(loaded(EXAMPLE, "", mode=0o644))
    assert "EDIT (2 of 2)" in EXAMPLE.splitlines()[problem.line - 1]
    assert problem.text == (
        "[channels.desk] url: this is still an example, which nobody receives; "
        "write where your alerts shall go"
    )


def test_with_the_two_marked_lines_edited_it_works(loaded: Callable[..., Settings]) -> None:
    assert len(re.findall(r"EDIT \(\d of 2\)", EXAMPLE)) == 2
    edited = re.sub(r'"https?://.*" # EDIT \(1', '"https://news.kp/feed" # (1', EXAMPLE)
    edited = re.sub(r"example\.org", "news.kp", edited)
    settings = loaded(edited, "")
    assert check_channels(settings) == []
    (source,) = settings.sources.values()
    assert (source.url, source.enabled) == ("https://news.kp/feed", True)


def test_with_every_line_turned_on_it_loads_too(loaded: Callable[..., Settings]) -> None:
    (loaded(EXAMPLE, "").path.parent / "chat.url").write_text("slack://a")
    settings = loaded(ALL_ON, "", WATCHER_PHONE_URL="tgram://x")
    assert len(settings.routes) == 3
    assert len(settings.channels) == 4
    with pytest.raises(ConfigError, match="chmod 600"):
        loaded(ALL_ON, "", mode=0o644, WATCHER_PHONE_URL="tgram://x")


@pytest.mark.parametrize(
    ("table", "kind"),
    list(zip(TABLES, (WatcherTable, SourceTable, ChannelTable, RouteTable, OperatorTable), strict=True)),
)
def test_it_shows_every_key_of_the_contract(table: str, kind: type[Table]) -> None:
    (keys,) = re.findall(rf"^\[+{table}\S*\]+ (.*)$", CONTRACT, re.MULTILINE)
    assert sorted(kind.spellings()) == sorted(keys.split())
    shown = "\n".join(re.findall(rf"^\[+{table}\b.*\n((?:[^\[].*\n|\n)*)", ALL_ON, re.MULTILINE))
    for key in kind.spellings():
        assert re.search(rf"^{key} = ", shown, re.MULTILINE), key


def test_its_defaults_are_the_ones_it_names(loaded: Callable[..., Settings]) -> None:
    shown = {
        line for line in ALL_ON.splitlines() if line.startswith(("database", 'rules = "', 'timezone = "UTC'))
    }
    bare = "\n".join(line for line in EXAMPLE.splitlines() if line not in shown)
    assert loaded(bare, "") == loaded(EXAMPLE, "")

import os
import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.config import Settings, find, load
from watcher.config.tables import KINDS
from watcher.errors import ConfigError
from watcher.ingest.parse import PARSERS
from watcher.model import Channel, Severity, Source
from watcher.notify.route import Route

SOURCE = '[sources.kcna]\nurl = "https://kcna.example/feed"\n'
CHANNEL = '[channels.desk]\nurl = "json://hook.example/"\n'
Load = Callable[..., Settings]
Problems = Callable[..., list[str]]

FULL = """
[watcher]
database = "sqlite:///data/w.db"
rules = "my-rules"
timezone = "Europe/Berlin"
[sources.kcna-en]
url = "https://kcna.example/feed"
every = "1 hour 30 minutes"
kind = "feed"
outlet = "KCNA"
timezone = "Asia/Pyongyang"
language = "en"
tags = ["dprk", "state"]
enabled = false
allow_private = true
headers = { X-Client = "watcher" }
proxy = "http://proxy.example:3128"
timeout = "5 seconds"
[channels.desk]
urls = ["json://hook.example/1", "json://hook.example/2"]
allow_private = true
[channels.phone]
url = "json://phone.example/"
[[routes]]
severity = "high"
rules = ["plenary-meeting"]
sources = ["dprk", "kcna-en"]
tags = ["politics"]
channels = ["phone"]
continue = true
[[routes]]
channels = ["desk"]
[operator]
channels = ["phone"]
"""


def test_everything_written_is_in_the_settings(loaded: Load, path: Path) -> None:
    settings = loaded(FULL, "")
    assert settings.path == path
    assert settings.database == f"sqlite:///{path.parent}/data/w.db"
    assert settings.rules == path.parent / "my-rules"
    assert settings.timezone == ZoneInfo("Europe/Berlin")
    assert settings.sources == {
        "kcna-en": Source(
            name="kcna-en",
            url="https://kcna.example/feed",
            outlet="KCNA",
            kind="feed",
            every=timedelta(minutes=90),
            timeout=timedelta(seconds=5),
            timezone=ZoneInfo("Asia/Pyongyang"),
            language="en",
            tags=frozenset({"dprk", "state"}),
            enabled=False,
            allow_private=True,
            headers={"X-Client": "watcher"},
            proxy="http://proxy.example:3128",
        )
    }
    assert settings.channels == {
        "desk": Channel("desk", ("json://hook.example/1", "json://hook.example/2"), True),
        "phone": Channel("phone", ("json://phone.example/",)),
    }
    assert settings.routes == (
        Route(
            ("phone",),
            Severity.HIGH,
            frozenset({"plenary-meeting"}),
            frozenset({"dprk", "kcna-en"}),
            frozenset({"politics"}),
            continues=True,
        ),
        Route(("desk",)),
    )
    assert settings.operator == ("phone",)
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_little_needs_to_be_written(loaded: Load, path: Path) -> None:
    settings = loaded()
    assert settings.database == f"sqlite:///{path.parent}/watcher.db"
    assert settings.rules == path.parent / "rules"
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.sources["kcna"] == Source("kcna", "https://kcna.example/feed", "kcna.example")
    assert settings.sources["kcna"].every == timedelta(minutes=15)
    assert settings.sources["kcna"].timeout == timedelta(seconds=30)
    assert settings.routes == (Route(("desk",)),)
    assert settings.operator == ("desk",)


def test_the_operator_is_by_default_whom_the_last_route_tells(loaded: Load) -> None:
    assert loaded(FULL.replace("[operator]\nchannels", "#"), "").operator == ("desk",)


def test_a_path_from_the_root_stays_and_others_count_from_the_file(
    loaded: Load, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = loaded('[watcher]\ndatabase = "sqlite:////var/w.db"\nrules = "/etc/rules"')
    assert (settings.database, settings.rules) == ("sqlite:////var/w.db", Path("/etc/rules"))
    monkeypatch.chdir(path.parent)
    loaded()
    here = load(Path("config.toml"), {})
    assert (here.path, here.rules) == (Path("config.toml"), path.parent / "rules")


def test_every_problem_is_told_at_once_with_its_place(problems: Problems) -> None:
    text = """
stray = 1
[source.x]
[watcher]
databse = "x"
timezone = "asia/soul"
[sources.kcna]
evry = "1 hour"
[sources.two]
url = "https://two.example"
every = 15
enabled = "yes"
headers = { "X-A" = 1 }
tags = "x"
[channels.desk]
[[routes]]
severity = "hgh"
chanels = []
channels = ["dsk"]
sources = ["kcan"]
[[routes]]
channels = []
[operator]
channels = ["desk", "dekc"]
"""
    assert problems(text, "") == [
        "2:1: [stray]: this is a key outside any table; move it below the [table] it belongs to",
        '3:1: [source]: there is no such table; did you mean "sources"?',
        '5:1: [watcher] databse: there is no such key; did you mean "database"?',
        '6:1: [watcher] timezone: there is no time zone "asia/soul"; did you mean "Asia/Seoul"?',
        "7:1: [sources.kcna] url: this key is needed",
        '8:1: [sources.kcna] evry: there is no such key; did you mean "every"?',
        '11:1: [sources.two] every: a duration is written in words, in quotes: "15 minutes" or "6 hours"',
        "12:1: [sources.two] enabled: the value must be true or false, without quotes",
        '13:13: [sources.two] headers.X-A: the value must be text in quotes, like "this"',
        '14:1: [sources.two] tags: the value must be a list, like ["this", "that"]',
        "15:1: [channels.desk]: a channel leads to one place, and this one needs one of "
        "url, urls, url_env, url_file",
        "17:1: [[routes]] severity: there is no such severity; write one of: low, medium, high, critical",
        '18:1: [[routes]] chanels: there is no such key; did you mean "channels"?',
        '19:13: [[routes]] channels: there is no channel called "dsk"; did you mean "desk"?',
        '20:12: [[routes]] sources: there is no source or tag of a source called "kcan"; '
        'did you mean "kcna"?',
        "22:1: [[routes]] channels: the list is empty; write something in it, or leave the key out",
        '24:21: [operator] channels: there is no channel called "dekc"; did you mean "desk"?',
    ]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('url = "ftp://x.example"', "url: an address begins with http:// or https://"),
        ('url = "https:///feed"', "url: this is not a proper address"),
        ('url = "https://[::1/feed"', "url: this is not a proper address"),
        ('url = "https://x.example:99999/"', "url: this is not a proper address"),
        ('url = "https://x.example/a b"', "url: this is not a proper address"),
        ('url = ""', "url: nothing stands between the quotes"),
        ('url = "https://x.example/\\u0000"', "url: the text holds a line break or a control character"),
        ("url = 1", 'url: the value must be text in quotes, like "this"'),
        ('every = "15"', 'every: "15" is not a duration; write it in words, like "15 minutes"'),
        ('every = "0 minutes"', "every: "),
        ('every = "53 weeks"', "every: this is longer than 52 weeks, the longest there is"),
        (f'every = "{"999999 weeks " * 200}"', "every: this is longer than 52 weeks"),
        ('timeout = "2 hours"', "timeout: this is longer than 1 hour"),
        ('kind = "page"', "kind: there is no such kind of source; write one of: feed"),
        ('language = "English"', 'language: a language is written as its code, like "en", "ko"'),
        ('timezone = "Nowhere"', 'timezone: there is no time zone "Nowhere"; write one like "Europe/Berlin"'),
        ('timezone = "../../../etc/passwd"', "timezone: there is no time zone"),
        ("timezone = 9", 'timezone: a time zone is written in quotes: "Europe/Berlin"'),
        ('tags = ["a", "b", "a"]', "tags: entry 1 of the list stands in it twice; remove one"),
        ("headers = { Host = \"x\" }", "headers: The header Host cannot be set on a source"),
        ("headers = []", 'headers: the value must be a table, like { name = "value" }'),
        ('proxy = "socks5://x.example"', "proxy: only proxies at http:// addresses are supported"),
        ("allow_private = 1", "allow_private: the value must be true or false, without quotes"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused(problems: Problems, key: str, words: str) -> None:
    url = "" if key.startswith("url") else 'url = "https://x.example"\n'
    (problem,) = problems(f"[sources.x]\n{url}{key}")
    assert f"[sources.x] {words}" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sources]\nurl = 3\n", "[sources.url]: this is no table; write [sources.url] and its keys below"),
        ("[[sources]]\n", "[sources]: write each as a table with a name of your choice: [sources.NAME]"),
        ('[sources."a b"]\nurl = "https://x.example"\n', '[sources.a b]: a name has letters, digits, "-"'),
        (f"[sources.{'x' * 61}]\n", "60 at most"),
        ("[sources.-x]\n", "beginning with a letter or digit"),
        ("watcher = 3\n", "[watcher]: this is no table; write [watcher] and its keys below"),
        ('[watcher]\ndatabase = "watcher.db"\n', '[watcher] database: a database is written as a file, like'),
        ('[watcher]\ndatabase = "sqlite:///:memory:"\n', "[watcher] database: a database is written"),
    ],
)  # fmt: skip
def test_what_stands_in_the_wrong_place_is_refused(problems: Problems, text: str, words: str) -> None:
    (problem,) = problems(text, CHANNEL if "[sources]" in text or "[[" in text else SOURCE + CHANNEL)
    assert words in problem


def test_without_a_source_there_is_nothing_to_watch(problems: Problems) -> None:
    (problem,) = problems(CHANNEL, "")
    assert problem == '[sources]: there is nothing to watch; add [sources.NAME], and below it a url = "…"'


def test_names_of_any_script_are_fine(loaded: Load) -> None:
    assert "조선중앙통신" in loaded('[sources."조선중앙통신"]\nurl = "https://x.example"').sources


def test_an_empty_file_is_told_what_to_do(problems: Problems) -> None:
    for text in ("", "# nothing\n"):
        assert problems(text, "") == ["the file is empty; `watcher init` writes one that shows every setting"]


def test_the_kinds_of_sources_are_those_with_a_parser() -> None:
    assert set(KINDS) == set(PARSERS)


def test_the_first_configuration_that_is_there_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home, xdg = tmp_path / "home", tmp_path / "xdg"
    environ = {"HOME": str(home), "XDG_CONFIG_HOME": str(xdg), "WATCHER_CONFIG": "named.toml"}
    places = (xdg / "watcher/config.toml", home / ".config/watcher/config.toml")
    for place in (*places, tmp_path / "config.toml"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    assert find(Path("given.toml"), environ) == Path("given.toml")
    assert find(None, environ) == Path("named.toml")
    del environ["WATCHER_CONFIG"]
    assert find(None, environ) == Path("config.toml")
    Path("config.toml").unlink()
    assert find(None, environ) == places[0]
    assert find(None, environ | {"XDG_CONFIG_HOME": "relative"}) == places[1]
    assert find(None, {"HOME": str(home)}) == places[1]


@pytest.mark.skipif(Path("/etc/watcher/config.toml").exists(), reason="this machine has a configuration")
def test_without_any_configuration_the_places_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        find(None, {"HOME": "/nowhere"})
    assert str(caught.value) == (
        "config.toml: there is no configuration in any of the usual places (config.toml, "
        "/nowhere/.config/watcher/config.toml, /etc/watcher/config.toml); `watcher init` writes one to begin "
        "with, and -c FILE or $WATCHER_CONFIG names one elsewhere"
    )


def test_loading_does_not_import_apprise(loaded: Load, path: Path) -> None:
    loaded()
    code = "import sys; from pathlib import Path; from watcher.config import load; "
    code += f"load(Path({str(path)!r})); sys.exit('apprise' in sys.modules or 'aiohttp' in sys.modules)"
    assert os.spawnl(os.P_WAIT, os.sys.executable, os.sys.executable, "-c", code) == 0

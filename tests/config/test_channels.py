import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.config import Settings, check_channels
from watcher.errors import ConfigError

Load = Callable[..., Settings]
Problems = Callable[..., list[str]]

SOURCE = '[sources.kcna]\nurl = "https://kcna.example/feed"\n'
SECRET = "s3cr3tTokenValue42"
HOOK = f"jsons://hook.example/{SECRET}"


def channel(keys: str) -> str:
    return f"[channels.desk]\n{keys}\n"


def checked(settings: Settings) -> list[str]:
    return [str(problem).removeprefix(f"{settings.path}:") for problem in check_channels(settings)]


def test_a_url_may_be_kept_in_the_environment(loaded: Load, problems: Problems) -> None:
    text = channel('url_env = "DESK_URL"')
    assert loaded(text, SOURCE, DESK_URL=f" {HOOK}\n").channels["desk"].urls == (HOOK,)
    assert problems(text, SOURCE, DESK_URL="  ") == [
        "2:1: [channels.desk] url_env: the environment variable DESK_URL is not set, or empty; "
        "set it to the channel's URL"
    ]


def test_a_url_may_be_kept_in_a_file_beside_the_configuration(loaded: Load, path: Path) -> None:
    (path.parent / "desk.url").write_text(f"\n{HOOK}\n")
    assert loaded(channel('url_file = "desk.url"'), SOURCE).channels["desk"].urls == (HOOK,)
    assert loaded(channel(f'url_file = "{path.parent}/desk.url"'), SOURCE).channels["desk"].urls == (HOOK,)


def test_a_credential_of_systemd_comes_before_a_file(loaded: Load, path: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "desk").write_text(HOOK)
    (path.parent / "desk").write_text("json://other.example")
    (path.parent / "only-here").write_text("json://other.example")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert loaded(channel('url_file = "desk"'), SOURCE, **environ).channels["desk"].urls == (HOOK,)
    other = loaded(channel('url_file = "only-here"'), SOURCE, **environ)
    assert other.channels["desk"].urls == ("json://other.example",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read (No such file or directory); it should hold the channel's URL"),
        (b" \n", "holds nothing; it should hold the channel's URL, on one line"),
        (f"{HOOK}\n{HOOK}2".encode(), "holds several lines; it should hold the channel's URL, on one line"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_file_without_a_url_is_a_problem(
    problems: Problems, path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (path.parent / "desk.url").write_bytes(content)
    (problem,) = problems(channel('url_file = "desk.url"'), SOURCE)
    assert problem.startswith(f"2:1: [channels.desk] url_file: {path.parent}/desk.url ")
    assert words in problem
    assert SECRET not in problem


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("", "this one needs one of url, urls, url_env, url_file"),
        (f'url = "{HOOK}"\nurl_env = "X"', "this one has url and url_env; keep one of them"),
        ("urls = []", "urls: the list is empty"),
        (f'urls = ["{HOOK}", "{HOOK}"]', "urls: entry 1 of the list stands in it twice; remove one"),
        (f'url_env = "{HOOK}"', "url_env: this is no name of an environment variable"),
        (f'url_file = "{HOOK}"', "url_file: this is a URL, not the name of a file"),
        (f'url = ["{HOOK}"]', 'url: the value must be text in quotes, like "this"'),
        (f'urls = "{HOOK}"', 'urls: the value must be a list, like ["this", "that"]'),
    ],
)
def test_a_channel_says_in_one_way_where_it_leads(problems: Problems, keys: str, words: str) -> None:
    found = problems(channel(keys), SOURCE)
    assert words in found[0]
    assert SECRET not in "".join(found)


def test_no_traceback_shows_a_secret(loaded: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(channel(f'url = 3\nurls = ["{HOOK}"]'), SOURCE)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


SECRETS = {
    "2:1: [channels.desk] url": channel(f'url = "{HOOK}"') + SOURCE,
    "2:1: [channels.desk] urls": channel(f'urls = ["json://a.example", "{HOOK}"]') + SOURCE,
    "4:1: [sources.kcna] url": channel('url = "json://a.example"')
    + f'[sources.kcna]\nurl = "https://ann:{SECRET}@kcna.example"\n',
    "6:1: [sources.kcna] proxy": channel('url = "json://a.example"')
    + f'{SOURCE}proxy = "http://ann:{SECRET}@proxy.example"\n',
    "5:1: [sources.kcna] headers": channel('url = "json://a.example"')
    + f'{SOURCE}headers = {{ Authorization = "Bearer {SECRET}" }}\n',
}


@pytest.mark.parametrize(("place", "text"), SECRETS.items())
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_secret_that_others_can_read_is_refused(
    loaded: Load, path: Path, place: str, text: str, mode: int
) -> None:
    loaded(text, "", mode=0o600)
    with pytest.raises(ConfigError) as caught:
        loaded(text, "", mode=mode)
    assert str(caught.value).endswith(
        f" others than the owner of the file can read this secret; close the file with: chmod 600 {path}"
    )
    assert place.partition(": ")[2] in str(caught.value)


def test_what_holds_no_secret_may_be_read_by_all(loaded: Load, path: Path) -> None:
    (path.parent / "desk.url").write_text(HOOK)
    source = SOURCE + 'headers = { Accept-Language = "ko" }\nproxy = "http://proxy.example:3128"\n'
    for keys in ('url_file = "desk.url"', 'url_env = "DESK"', 'url = "json://hook.example/news"'):
        settings = loaded(channel(keys), source, mode=0o644, DESK=HOOK)
        assert check_channels(settings) == []


@pytest.mark.parametrize("text", SECRETS.values())
def test_settings_show_no_secret(loaded: Load, text: str) -> None:
    assert SECRET not in repr(loaded(text, ""))


def test_only_apprise_knows_some_secrets(loaded: Load, path: Path) -> None:
    (problem,) = checked(loaded(channel('url = "gotify://push.kp/abc"'), SOURCE, mode=0o644))
    assert problem.startswith("2:1: [channels.desk] url: others than the owner")


def test_every_url_is_shown_to_apprise(loaded: Load) -> None:
    urls = [
        "mailot://ann@desk.example",
        "json://hook.example",
        f"mailtos://b:{SECRET}@m.example/a@d.example/c@d.example",
    ]
    settings = loaded(
        channel(f"urls = {urls}") + '[channels.x]\nurl_env = "X"\n[[routes]]\nchannels = ["x"]',
        SOURCE,
        X="nonsense",
    )
    unknown, several, elsewhere = checked(settings)
    assert unknown == (
        "2:9: [channels.desk] urls: there is no mailot:// among Apprise's services; did you mean mailto://?"
    )
    assert several.startswith("2:61: [channels.desk] urls: the mailtos:// URL names 2 recipients")
    assert elsewhere.startswith("4:1: [channels.x] url_env: a URL begins with a schema")
    assert SECRET not in several


def test_a_private_address_needs_leave(loaded: Load) -> None:
    keys = 'url = "mailto://127.0.0.1:25?from=a@here.example&to=b@here.example"'
    assert checked(loaded(channel(keys), SOURCE)) == [
        "2:1: [channels.desk] url: 127.0.0.1 is a private address (loopback), which is not reached unless "
        "the channel says allow_private = true"
    ]
    assert checked(loaded(channel(f"{keys}\nallow_private = true"), SOURCE)) == []


@pytest.mark.parametrize("host", ["example.org", "smtp.example.com", "NAME:PASSWORD@smtp.example.net:25"])
def test_an_example_that_was_not_edited_is_told(loaded: Load, host: str) -> None:
    settings = loaded(channel(f'url = "mailtos://{host}?from=a@b.kp&to=c@d.kp"'), SOURCE, mode=0o644)
    assert checked(settings) == [
        "2:1: [channels.desk] url: this is still an example, which nobody receives; "
        "write where your alerts shall go"
    ]


def test_what_only_resembles_an_example_is_none(loaded: Load) -> None:
    for host in ("notexample.org", "example.org.kp", "example.organic"):
        assert checked(loaded(channel(f'url = "json://{host}/example.org"'), SOURCE)) == []

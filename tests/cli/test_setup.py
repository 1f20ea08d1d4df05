import re
import stat
from pathlib import Path

from watcher.cli.main import COMMANDS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_demo_shows_the_plenary_meeting_with_its_words_marked(watcher) -> None:
    ran = watcher("demo")
    assert ran.code == 0
    assert "[CRITICAL] New plenary meeting of the WPK Central Committee: 12th Plenary Meeting" in ran.out
    assert re.search(r"- 12th »Plenary[^«]*« .*»[^«]*WPK", ran.out)
    assert re.search(r"Named: .*metal.*coal.*light industry", ran.out)
    assert ran.out.count("[CRITICAL]") == 1
    assert ran.out.strip().splitlines()[-4].startswith("To watch real feeds:")
    assert not ran.err


def test_what_init_writes_needs_two_edits_and_then_holds(watcher, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    assert watcher("init", folder).code == 0
    config = folder / "config.toml"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert (folder / "rules" / "lists" / "key_sectors.yaml").is_file()
    untouched = watcher("check", "-c", config)
    assert untouched.code == 1
    assert re.match(rf"{re.escape(str(config))}:\d+:\d+: \[channels.desk\] url: ", untouched.out)
    text = config.read_text().replace("smtp.example.org", "smtp.press.test").replace("NAME:PASSWORD", "n:p")
    config.write_text(re.sub(r"\w+@example\.org", "ann@press.test", text))
    edited = watcher("check", "-c", config)
    assert (edited.code, edited.err) == (0, "")
    assert "All well" in edited.out


def test_init_overwrites_nothing(watcher, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine")
    ran = watcher("init", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"{config}: is there already")
    assert config.read_text() == "mine"
    assert not (tmp_path / "rules").exists()


def test_check_tells_every_problem_of_configuration_and_rules_at_once(watcher, configure, tmp_path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "coal.yaml").write_text("rule: Coal\nwhen:\n  headline: coal AND OR peat\n")
    (rules / "iron.yaml").write_text(
        "rule: Iron\nwhen:\n  headline: iron\nsources: [mars]\nnotify: [pigeon]\n"
    )
    config = configure(
        '[[routes]]\nrules = ["gold"]\nchannels = ["desk"]\n[[routes]]\nchannels = ["desk"]\n',
        feed="http://x.test/",
    )
    config.write_text(
        config.read_text().replace(re.findall(r'rules = "(.*)"', config.read_text())[0], str(rules))
    )
    ran = watcher("check", "-c", config)
    assert ran.code == 1
    assert re.search(r"^rules/coal\.yaml:3:\d+: ", ran.out, re.MULTILINE)
    for words in ('there is no rule "gold"', 'for "mars"', 'notifies "pigeon"'):
        assert words in ran.out
    found = watcher("check", "-c", config, "--json").json
    assert found["ok"] is False
    assert {"path", "line", "column", "text", "warning"} == set(found["problems"][0])


def test_every_command_is_in_the_readme() -> None:
    for name, _ in COMMANDS:
        assert f"watcher {name}" in README, name


def test_every_command_of_the_readme_exists() -> None:
    known = {name for name, _ in COMMANDS} | {name.split()[0] for name, _ in COMMANDS}
    for line in re.findall(r"^    (?:.*bin/)?watcher (.*)$", README, re.MULTILINE):
        words = line.split()
        assert words[0] in known or " ".join(words[:2]) in known, line


def test_a_mistake_in_the_configuration_hides_none_in_the_rules(watcher, configure, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "coal.yaml").write_text("rule: Coal\nwhen:\n  headline: coal AND OR peat\n")
    config = configure('[channels.desk]\nurl = "mailot://x"\n', feed="http://x.test/")
    text = re.sub(r"rules = .*", 'rules = "rules"\nrulez = "x"', config.read_text(), count=1)
    config.write_text(text)
    ran = watcher("check", "-c", config)
    assert ran.code == 1
    for words in ("rulez", "mailot://", "coal.yaml:3:"):
        assert words in ran.out

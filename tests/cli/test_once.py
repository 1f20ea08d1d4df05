"""`watcher once`, and what the lists show after it."""

import json
import re
from pathlib import Path

from sample_days import WEDNESDAY

KEYS = {"polled", "failed", "new", "edited", "alerts", "sent", "pending", "dead"}


def test_the_first_poll_is_a_baseline_and_alerts_nobody(watcher, config: Path) -> None:
    ran = watcher("once", "-c", config)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("2 sources polled, 5 new, 0 alerts.\n")
    assert "kcna: first poll; what it shows is the baseline" in ran.out


def test_backfill_makes_a_first_poll_news(watcher, config: Path, site) -> None:
    site.moment = WEDNESDAY
    counts = watcher("once", "-c", config, "--backfill", "--json").json
    assert counts["alerts"] >= 4


def test_json_has_the_names_that_other_programs_rely_on(watcher, config: Path) -> None:
    ran = watcher("once", "-c", config, "--json")
    assert set(ran.json) == KEYS
    assert (ran.json["polled"], ran.json["failed"], ran.json["new"]) == (2, 0, 5)


def test_a_source_that_fails_is_named_and_ends_in_3(watcher, configure, site) -> None:
    config = configure(kcna=f"{site.url}/kcna-en.xml", gone=f"{site.url}/nothing.xml")
    ran = watcher("once", "-c", config)
    assert ran.code == 3
    assert re.search(r"^gone failed: .*404", ran.out, re.MULTILINE)
    assert watcher("sources", "list", "-c", config, "--json").json[0]["state"] in ("ok", "failing")


def test_a_channel_that_fails_ends_in_3_and_the_alert_waits(watcher, monday: Path) -> None:
    rows = watcher("outbox", "list", "-c", monday, "--json").json
    assert {row["status"] for row in rows} == {"pending"}
    assert all(row["attempts"] == 1 and "127.0.0.1" in row["target"] for row in rows)
    (alert, *_) = watcher("alerts", "list", "-c", monday, "--json").json
    assert alert["notifications"][0]["status"] == "pending"


def test_a_wrong_configuration_ends_in_1(watcher, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[watcher]\nrulez = 1\n")
    ran = watcher("once", "-c", path)
    assert (ran.code, ran.out) == (1, "")
    assert re.search(r':2:1: \[watcher\] rulez: .*did you mean "rules"', ran.err)
    assert "Traceback" not in ran.err


def test_debug_shows_the_traceback(watcher, tmp_path: Path) -> None:
    assert "Traceback" in watcher("once", "-c", tmp_path / "none.toml", "--debug").err


def test_a_configuration_before_the_command_counts_too(watcher, config: Path) -> None:
    assert watcher("-c", config, "once", "--json").json["new"] == 5


def test_wrong_usage_ends_in_2(watcher) -> None:
    ran = watcher("once", "--nonsense")
    assert ran.code == 2
    assert "--nonsense" in ran.err


def test_lists_need_a_database_and_make_none(watcher, config: Path) -> None:
    ran = watcher("alerts", "list", "-c", config)
    assert (ran.code, ran.out) == (1, "")
    assert "`watcher once`" in ran.err
    assert not list(config.parent.glob("*.db"))


def test_dispatches_are_listed_by_the_names_of_the_contract(watcher, monday: Path) -> None:
    listed = watcher("dispatches", "list", "-c", monday, "--json", "--source", "kcna", "--limit", "1").json
    assert len(listed) == 1
    dispatch = listed[0]
    assert set(dispatch) == {
        *("id", "fingerprint", "headline", "body", "source", "link", "day", "published", "first_seen"),
        *("versions", "surfaces"),
    }
    assert dispatch["headline"] == "12th Plenary Meeting of 9th WPK Central Committee Convened"
    assert (dispatch["day"], dispatch["published"]) == ("2026-06-22", "2026-06-22T00:05:00Z")
    assert [surface["section"] for surface in dispatch["surfaces"]] == ["Home News", "Top News"]
    assert set(dispatch["surfaces"][0]) == {"source", "link", "section", "seen"}


def test_since_takes_a_day_or_a_duration(watcher, monday: Path) -> None:
    every = watcher("dispatches", "list", "-c", monday, "--json", "--since", "1 hour").json
    assert len(every) == len(watcher("dispatches", "list", "-c", monday, "--json").json)
    assert watcher("dispatches", "list", "-c", monday, "--json", "--since", "2990-01-01").json == []
    assert watcher("dispatches", "list", "-c", monday, "--since", "whenever").code == 2


def test_search_takes_the_language_of_the_rules(watcher, monday: Path) -> None:
    found = watcher(
        "dispatches", "search", "$central_committee AND (coal NEAR/9 metal)", "-c", monday, "--json"
    ).json
    assert [each["headline"] for each in found] == [
        "12th Plenary Meeting of 9th WPK Central Committee Convened"
    ]
    wrong = watcher("dispatches", "search", "coal w/5 metal", "-c", monday)
    assert (wrong.code, wrong.out) == (1, "")
    assert "NEAR/5" in wrong.err


def test_alerts_are_listed_by_the_names_of_the_contract(watcher, monday: Path) -> None:
    listed = watcher("alerts", "list", "-c", monday, "--json").json
    alert = next(each for each in listed if each["rule"] == "plenary-meeting")
    assert set(alert) == {
        *("id", "rule", "rule_version", "event", "severity", "dispatch", "headline", "source", "link"),
        *("created_at", "captured", "state", "story", "evidence", "follow_ups", "notifications"),
    }
    assert (alert["event"], alert["severity"], alert["captured"]) == ("new", "critical", {"session": "12"})
    for each in alert["evidence"]:
        assert set(each) == {"field", "quote", "start", "end", "concept"}
        assert alert["headline"][each["start"] : each["end"]] == each["quote"]
    assert set(alert["notifications"][0]) >= {"channel", "target", "status", "attempts", "sent_at"}


def test_follow_ups_stand_with_their_alert(watcher, monday: Path, site) -> None:
    site.moment = WEDNESDAY
    watcher("once", "-c", monday)
    listed = watcher("alerts", "list", "-c", monday, "--json").json
    (alert,) = [each for each in listed if each["rule"] == "plenary-meeting"]
    assert any("Second-day Sitting" in each["headline"] for each in alert["follow_ups"])
    assert set(alert["follow_ups"][0]) == {"dispatch", "headline", "link"}


def test_an_alert_is_shown_with_its_words_marked(watcher, monday: Path) -> None:
    ran = watcher("alerts", "list", "-c", monday)
    number = next(line.split()[0] for line in ran.out.splitlines() if "plenary-meeting" in line)
    shown = watcher("alerts", "show", number, "-c", monday)
    assert "»" in shown.out
    assert "desk: json://127.0.0.1" in shown.out
    assert watcher("alerts", "show", "999", "-c", monday).code == 1


def test_a_dispatch_is_shown_with_its_text(watcher, monday: Path) -> None:
    ran = watcher("dispatches", "show", "1", "-c", monday, "--json")
    assert ran.json["history"][0]["body"] == ran.json["body"]
    assert ran.json["headline"] in watcher("dispatches", "show", "1", "-c", monday).out


def test_what_waits_can_be_made_due_now(watcher, monday: Path) -> None:
    assert watcher("outbox", "retry", "--all", "-c", monday, "--json").json["due"] >= 1
    assert watcher("outbox", "retry", "-c", monday).code == 2
    assert watcher("outbox", "retry", "4711", "-c", monday).code == 1


def test_a_test_message_tells_what_the_channel_answered(watcher, monday: Path) -> None:
    ran = watcher("notify", "test", "desk", "-c", monday)
    assert ran.code == 3
    assert "did not accept the message" in ran.out
    assert watcher("notify", "test", "nobody", "-c", monday).code == 1


def test_what_is_printed_for_machines_is_one_line_of_json(watcher, monday: Path) -> None:
    for words in (["sources", "list"], ["dispatches", "list"], ["alerts", "list"], ["outbox", "list"]):
        out = watcher(*words, "-c", monday, "--json").out
        assert out.count("\n") == 1
        assert isinstance(json.loads(out), list)
        assert "\x1b" not in out


def test_messages_that_no_channel_can_carry_any_more_are_told_of(watcher, monday: Path) -> None:
    monday.write_text(monday.read_text().replace("[channels.desk]", "[channels.office]"))
    ran = watcher("once", "-c", monday)
    assert ran.code == 3
    assert re.search(
        r"^Not delivered: \d+ messages? for desk \(json://127.0.0.1.*no channel", ran.out, re.MULTILINE
    )


def test_a_number_that_is_none_is_wrong_usage(watcher, monday: Path) -> None:
    assert watcher("alerts", "show", "9" * 30, "-c", monday).code == 2

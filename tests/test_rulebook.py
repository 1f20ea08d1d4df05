"""Which rules are in force when files change, break, and go."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from straight import START, Entry, World, rule_on, world

from watcher.rulebook import put_in_force

HOUR = timedelta(hours=1)
BROKEN = rule_on("coal").replace("text:", "txet:")


@pytest.fixture
def straight(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def in_force(straight: World) -> list[str]:
    book = put_in_force(straight.store, straight.folder / "rules", {}, START)
    return sorted(book.rules.rules)


def test_a_file_that_breaks_keeps_its_last_good_rules_across_restarts(straight: World) -> None:
    straight.write("rules/both.yaml", f"{rule_on('coal')}---\n{rule_on('rain')}")
    (straight.folder / "rules/coal.yaml").unlink()
    assert in_force(straight) == ["coal", "rain"]
    straight.write("rules/both.yaml", f"{BROKEN}---\n{rule_on('rain')}")
    assert in_force(straight) == ["coal", "rain"]
    assert in_force(straight) == ["coal", "rain"]
    straight.write("rules/both.yaml", "{")
    assert in_force(straight) == ["coal", "rain"]


def test_a_rule_whose_tests_fail_stays_as_it_was(straight: World) -> None:
    before = put_in_force(straight.store, straight.folder / "rules", {}, START)
    straight.write("rules/coal.yaml", rule_on("coal").replace("[Nothing]", "[All coal]"))
    after = put_in_force(straight.store, straight.folder / "rules", {}, START)
    assert after.rules.rules["coal"].version == before.rules.rules["coal"].version
    assert after.errors


def test_a_list_that_breaks_keeps_the_last_good_version_of_the_rules_that_use_it(straight: World) -> None:
    rule = rule_on("fuel").replace("text: fuel", "text: $fuel").replace("All about fuel", "Coal")
    straight.write("rules/coal.yaml", rule)
    straight.write("rules/lists/fuel.yaml", "- coal\n- peat\n")
    assert in_force(straight) == ["fuel"]
    for broken in ("- coal AND\n", "{"):
        straight.write("rules/lists/fuel.yaml", broken)
        assert in_force(straight) == ["fuel"]
    (straight.folder / "rules/lists/fuel.yaml").unlink()
    assert in_force(straight) == ["fuel"]


def test_a_rule_or_a_file_that_is_removed_is_retired(straight: World) -> None:
    straight.write("rules/both.yaml", f"{rule_on('snow')}---\n{rule_on('rain')}")
    assert in_force(straight) == ["coal", "rain", "snow"]
    straight.write("rules/both.yaml", rule_on("rain"))
    assert in_force(straight) == ["coal", "rain"]
    (straight.folder / "rules/both.yaml").unlink()
    assert in_force(straight) == ["coal"]


def test_a_rule_that_moves_to_another_file_stays_though_the_old_one_breaks(straight: World) -> None:
    assert in_force(straight) == ["coal"]
    straight.write("rules/coal.yaml", "{")
    straight.write("rules/moved.yaml", rule_on("coal", "tags: [fuel]"))
    book = put_in_force(straight.store, straight.folder / "rules", {}, START)
    assert book.rules.rules["coal"].tags == {"fuel"}


def test_a_folder_that_cannot_be_read_changes_nothing(straight: World) -> None:
    assert in_force(straight) == ["coal"]
    (straight.folder / "rules").rename(straight.folder / "elsewhere")
    book = put_in_force(straight.store, straight.folder / "rules", {}, START)
    assert list(book.rules.rules) == ["coal"]
    assert "cannot be read" in str(book.errors[0])


def test_a_folder_that_is_suddenly_empty_changes_nothing_and_says_so(straight: World) -> None:
    before = in_force(straight)
    for path in (straight.folder / "rules").glob("*.yaml"):
        path.unlink()
    book = put_in_force(straight.store, straight.folder / "rules", {}, START)
    assert sorted(book.rules.rules) == before
    assert "there is no rule in this folder; the 1 in force stay so" in str(book.errors[0])


def test_a_rule_that_can_no_longer_be_read_stops_no_other(straight: World) -> None:
    straight.write("rules/rain.yaml", rule_on("rain"))
    assert in_force(straight) == ["coal", "rain"]
    with straight.store.write() as tx:
        tx.exec_driver_sql("UPDATE rules SET text = 'of another time' WHERE id = 'rain'")
    straight.write("rules/rain.yaml", "{")
    book = put_in_force(straight.store, straight.folder / "rules", {}, START)
    assert list(book.rules.rules) == ["coal"]
    assert {problem.path for problem in book.errors} == {"rules/rain.yaml"}


async def test_a_retired_rule_that_comes_back_knows_what_came_meanwhile(straight: World) -> None:
    straight.write("rules/snow.yaml", rule_on("snow"))
    await straight.shows("feed", "Rain")
    path = straight.folder / "rules/coal.yaml"
    text = path.read_text()
    path.unlink()
    await straight.shows("feed", "Coal one", "Rain")
    path.write_text(text)
    await straight.shows("feed", Entry("Coal one", "More of coal."), "Coal two", "Rain")
    assert straight.alerted == [("new", "Coal two")]

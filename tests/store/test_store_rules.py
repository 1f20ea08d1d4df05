from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from watcher.model import RuleText
from watcher.store import Store, rules, schema

NOW = datetime(2024, 8, 3, 21, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PLENUM = RuleText("plenum", "v1", "rules/a.yaml", "rule: Plenum\nwhen: 전원회의", {"bodies": "- C.C., WPK"})
SECTORS = RuleText("sectors", "v1", "rules/b.yaml", "rule: Sectors")


def put(store: Store, *texts: RuleText, retired: tuple[str, ...] = (), now: datetime = NOW) -> list[RuleText]:
    with store.write() as tx:
        rules.put_in_force(tx, texts, retired, now)
        return rules.in_force(tx)


def since(store: Store, rule: str) -> datetime | None:
    with store.read() as tx:
        return tx.scalar(sa.select(schema.rules.c.since).where(schema.rules.c.id == rule))


def test_nothing_is_in_force_at_first(store: Store) -> None:
    assert put(store) == []


def test_it_gives_back_what_was_put_in_force_with_its_lists(store: Store) -> None:
    assert put(store, SECTORS, PLENUM) == [PLENUM, SECTORS]


def test_it_keeps_the_rules_across_a_restart(store: Store, tmp_path: Path) -> None:
    put(store, PLENUM)
    store.close()
    again = Store.open("sqlite:///watcher.db", tmp_path)
    with again.read() as tx:
        assert rules.in_force(tx) == [PLENUM]
    again.close()


def test_a_new_version_takes_the_place_of_the_old(store: Store) -> None:
    put(store, PLENUM, SECTORS)
    changed = replace(PLENUM, version="v2", text="rule: Plenum\nwhen: plenum*")
    assert put(store, changed, now=LATER) == [changed, SECTORS]
    assert since(store, "plenum") == LATER


def test_an_unchanged_rule_stays_in_force_since_it_was_first_put_so(store: Store) -> None:
    put(store, PLENUM)
    moved = replace(PLENUM, path="rules/moved.yaml")
    assert put(store, moved, now=LATER) == [moved]
    assert since(store, "plenum") == NOW


def test_it_retires_only_the_rules_that_are_named(store: Store) -> None:
    put(store, PLENUM, SECTORS)
    assert put(store, retired=("plenum", "never heard of")) == [SECTORS]


def test_a_retired_rule_can_come_back(store: Store) -> None:
    put(store, PLENUM)
    put(store, retired=("plenum",))
    assert put(store, PLENUM, now=LATER) == [PLENUM]
    assert since(store, "plenum") == LATER

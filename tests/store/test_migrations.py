import logging
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from watcher.errors import StoreError
from watcher.store import Store, engine
from watcher.store.schema import metadata

URL = "sqlite:///watcher.db"
OPEN = f"""
import sys
from pathlib import Path
from watcher.store import Store
Store.open({URL!r}, Path(sys.argv[1])).check()
"""
# SIGKILL in the middle of the first migration, when most tables are made.
OPEN_AND_DIE = f"""
import os, signal
from alembic import op
op.create_index = lambda name, *_, **__: name == "notifications_due" and os.kill(os.getpid(), signal.SIGKILL)
{OPEN}
"""


def _shape(inspector: sa.Inspector, table: str) -> tuple[object, ...]:
    columns = [
        (column["name"], repr(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
    ]
    indexes = {
        index["name"]: (index["column_names"], index["unique"]) for index in inspector.get_indexes(table)
    }
    unique = sorted(constraint["column_names"] for constraint in inspector.get_unique_constraints(table))
    foreign = sorted(
        (key["constrained_columns"], key["referred_table"], key["referred_columns"])
        for key in inspector.get_foreign_keys(table)
    )
    return columns, inspector.get_pk_constraint(table)["constrained_columns"], indexes, unique, foreign


def _start(folder: Path, code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stderr=subprocess.PIPE)


def test_the_migrations_make_the_tables_that_the_statements_expect(store: Store, tmp_path: Path):
    plain = sa.create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    metadata.create_all(plain)
    expected = sa.inspect(plain)
    with store.read() as tx:
        migrated = sa.inspect(tx)
        for table in metadata.tables:
            assert _shape(migrated, table) == _shape(expected, table)
        rest = set(migrated.get_table_names()) - set(metadata.tables)
        assert {name for name in rest if not name.startswith("search")} == {"alembic_version"}
    plain.dispose()


def test_the_store_knows_which_migration_is_the_last():
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == engine.HEAD


def test_migrating_is_quiet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    with caplog.at_level(logging.INFO):
        Store.open(URL, tmp_path).close()
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_a_migration_that_was_killed_is_made_again_from_the_start(tmp_path: Path):
    with _start(tmp_path, OPEN_AND_DIE) as dying:
        assert dying.wait() == -signal.SIGKILL
    store = Store.open(URL, tmp_path)
    with store.read() as tx:
        assert sa.inspect(tx).has_table("notifications")
    store.check()
    store.close()


def test_several_processes_may_open_a_new_database_at_once(tmp_path: Path):
    running = [_start(tmp_path, OPEN) for _ in range(3)]
    for process in running:
        with process:
            assert process.stderr.read() == b""
            assert process.wait() == 0


def test_a_database_of_a_newer_watcher_is_left_alone(tmp_path: Path):
    Store.open(URL, tmp_path).close()
    newer = sqlite3.connect(tmp_path / "watcher.db")
    with newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    with pytest.raises(StoreError, match=r"newer watcher \(tables 9999\); update this one"):
        Store.open(URL, tmp_path)

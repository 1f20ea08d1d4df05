from pathlib import Path

import sqlalchemy as sa

from watcher.store import Store
from watcher.store.schema import metadata


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

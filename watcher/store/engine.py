"""Opening a database: checked, migrated, and held by one watcher at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from watcher.errors import BusyError, StoreError

Transaction = Connection

HEAD = "0001"
_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=15000")


class Store:
    """A database. Read and write in transactions; whoever polls or delivers holds it first."""

    def __init__(self, engine: sa.Engine, path: Path) -> None:
        self._engine = engine
        self.path = path

    @classmethod
    def open(cls, url: str, base: Path = Path()) -> "Store":
        """Open (and where nothing is there yet, create) the database; bring its tables up to date.

        url: an SQLAlchemy URL; a relative SQLite path counts from `base`. Raises StoreError.
        """
        path = _sqlite_path(url, base)
        engine = sa.create_engine(f"sqlite:///{path}")
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
        store = cls(engine, path)
        with store._words():
            store._migrate()
        return store

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and changes nothing."""
        with self._words(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends well, and else leaves no trace."""
        with self._words(), self._engine.connect().execution_options(writes=True) as connection:
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def hold(self, what: str) -> Iterator[None]:
        """Be the one watcher that polls and delivers here; raises BusyError naming the other.

        The lock is the operating system's and ends with the process, however it ends.
        """
        lock = self.path.with_name(self.path.name + ".lock")
        with self._opened_lock(lock) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BusyError(
                    f"{self.path} is in use by {_first_line(lock)}; "
                    "stop that process, or wait until it is done"
                ) from error
            os.truncate(file, 0)
            os.pwrite(file, f"{what} (process {os.getpid()})\n".encode(), 0)
            yield

    def check(self) -> None:
        """Look the whole file over; raises StoreError with the way to recover if it is damaged."""
        with self.read() as tx:
            verdict = tx.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise StoreError(self._damaged(str(verdict)))

    @contextlib.contextmanager
    def _opened_lock(self, lock: Path) -> Iterator[int]:
        try:
            file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"{lock} cannot be written: {error.strerror}; check who owns the folder"
            ) from error
        try:
            yield file
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        """The driver's exceptions, in words."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(self._explain(error)) from error

    def _explain(self, error: Exception) -> str:
        reason = str(getattr(error, "orig", None) or error)
        if "malformed" in reason or "not a database" in reason:
            return self._damaged(reason)
        if "disk is full" in reason or "disk I/O error" in reason:
            return f"{self.path} could not be written ({reason}); nothing of this step was stored: free some space"
        if "unable to open" in reason or "readonly" in reason:
            return f"{self.path} cannot be opened ({reason}); check that its folder exists and who owns it"
        if "locked" in reason:
            return f"{self.path} stayed locked by another program for 15 seconds; close what has it open"
        return f"{self.path} refused: {reason}"

    def _damaged(self, reason: str) -> str:
        return (
            f"{self.path} is damaged ({reason}) and was left as it is; restore a backup, or save what can "
            f'be read: sqlite3 {self.path} ".recover" | sqlite3 {self.path.stem}-recovered.db, '
            "and put that file in its place"
        )

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            found = _revision(connection)
        if found == HEAD:
            return
        if found and found > HEAD:
            raise StoreError(f"{self.path} was written by a newer watcher (tables {found}); update this one")
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            _upgrade(connection)
        self.path.chmod(0o600)


def _sqlite_path(url: str, base: Path) -> Path:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(f'"{url}" is not a database URL; write one like "sqlite:///watcher.db"') from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StoreError(
            f'a {parsed.get_backend_name()} database is not supported here; write "sqlite:///watcher.db"'
        )
    path = base / parsed.database
    if not path.parent.is_dir():
        raise StoreError(
            f"{path.parent} does not exist, so {path.name} cannot be kept there; create it first"
        )
    return path


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves: the driver begins too late
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str:
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def _upgrade(connection: Connection) -> None:
    """Run the migrations; Alembic is imported only when there is one to run."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _first_line(lock: Path) -> str:
    try:
        return lock.read_text().strip() or "another watcher"
    except OSError:
        return "another watcher"

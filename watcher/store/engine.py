"""Opening a database: checked, migrated, and held by one watcher at a time."""

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from watcher.errors import BusyError, StoreError
from watcher.times import format_duration

Transaction = Connection

HEAD = "0001"
PATIENCE = timedelta(seconds=15)
_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL")


class Store:
    """A database. Read and write in transactions; whoever polls or delivers holds it first."""

    def __init__(self, engine: sa.Engine, path: Path, patience: timedelta) -> None:
        self.path = path
        self._engine = engine
        self._patience = patience
        self._writing = threading.Lock()  # SQLite lets one write at a time, and would wait asleep

    @classmethod
    def open(cls, url: str, base: Path = Path(), patience: timedelta = PATIENCE) -> "Store":
        """Open (and where nothing is there yet, create) the database; bring its tables up to date.

        url: an SQLAlchemy URL; a relative SQLite path counts from `base`. patience: how long to wait
        for another program that is writing. Raises StoreError.
        """
        path = _sqlite_path(url, base)
        _make_private(path)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), max_overflow=-1)
        sa.event.listen(engine, "connect", _Setup(patience))
        sa.event.listen(engine, "begin", _on_begin)
        store = cls(engine, path, patience)
        try:
            store._migrate()
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def open_known(cls, url: str, base: Path = Path()) -> "Store":
        """Open the database that is there; StoreError if there is none, which is then not made."""
        path = _sqlite_path(url, base)
        if not path.exists():
            raise StoreError(f"there is no database {path} yet; `watcher once` or `watcher run` makes it")
        return cls.open(url, base)

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the database and changes nothing."""
        with self._words(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits when the block ends well, and else leaves no trace."""
        with self._words(), self._turn(), self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def hold(self, what: str) -> Iterator[None]:
        """Be the one watcher that polls and delivers here; raises BusyError naming the other.

        The lock is the operating system's and ends with the process, however it ends.
        """
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(_cannot(lock, "be written", error)) from error
        try:
            self._lock(file, lock, what)
            yield
        finally:
            os.close(file)

    def check(self) -> None:
        """Look the whole file over; raises StoreError with the way to recover if it is damaged."""
        with self.read() as tx:
            verdict = tx.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise StoreError(self._damaged(str(verdict)))

    def _lock(self, file: int, lock: Path, what: str) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(file, 0)
            os.pwrite(file, f"{what} (process {os.getpid()})\n".encode(), 0)
        except BlockingIOError as error:
            holder = _first_line(lock) or "another watcher"
            raise BusyError(
                f"{self.path} is in use by {holder}; stop that process, or wait until it is done"
            ) from error
        except OSError as error:
            raise StoreError(_cannot(lock, "be locked", error)) from error

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other thread of this process writes."""
        if not self._writing.acquire(timeout=self._patience.total_seconds()):
            raise StoreError(self._explain("locked"))
        try:
            yield
        finally:
            self._writing.release()

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        """The driver's exceptions, in words."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(self._explain(str(getattr(error, "orig", None) or error))) from error

    def _explain(self, reason: str) -> str:
        if "malformed" in reason or "not a database" in reason:
            return self._damaged(reason)
        if "disk is full" in reason or "disk I/O error" in reason:
            return f"{self.path} could not be written ({reason}) and is as it was before; free some space"
        if "unable to open" in reason or "readonly" in reason:
            return f"{self.path} cannot be opened ({reason}); check that its folder exists and who owns it"
        if "locked" in reason:
            wait = format_duration(self._patience)
            return f"{self.path} stayed locked by another program for {wait}; close what has it open"
        return f"{self.path} refused: {reason}"

    def _damaged(self, reason: str) -> str:
        return (
            f"{self.path} is damaged ({reason}) and was left as it is; restore a backup, or save what can "
            f'be read: sqlite3 {self.path} ".recover" | sqlite3 {self.path.stem}-recovered.db, '
            "and put that file in its place"
        )

    def _migrate(self) -> None:
        with self.read() as tx:
            found = _revision(tx)
        if found > HEAD:
            raise StoreError(f"{self.path} was written by a newer watcher (tables {found}); update this one")
        if found < HEAD:
            with self.write() as tx:
                _upgrade(tx)


def _sqlite_path(url: str, base: Path) -> Path:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError('the database is not a URL; write one like "sqlite:///watcher.db"') from error
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreError(
            f"the database {parsed.render_as_string()} is not a file of SQLite; "
            'write one like "sqlite:///watcher.db"'
        )
    path = base / str(parsed.database)
    if not path.parent.is_dir():
        raise StoreError(
            f"{path.parent} does not exist, so {path.name} cannot be kept there; create it first"
        )
    return path


def _make_private(path: Path) -> None:
    """See to it that the database is there, and that its owner alone can read it.

    SQLite gives the files beside it the same mode.
    """
    try:
        # Never open a file that is there: closing it would take SQLite's locks from this process.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(0o600)
    except OSError as error:
        raise StoreError(_cannot(path, "be opened", error)) from error


def _cannot(path: Path, what: str, error: OSError) -> str:
    return f"{path} cannot {what}: {error.strerror}; check its folder, and who owns it"


class _Setup:
    """What every connection begins with."""

    def __init__(self, patience: timedelta) -> None:
        self._wait = int(patience.total_seconds() * 1000)

    def __call__(self, connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves: the driver begins too late
        for pragma in (f"busy_timeout={self._wait}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(tx: Transaction) -> str:
    """How far the tables are, "" where there are none yet."""
    if not sa.inspect(tx).has_table("alembic_version"):
        return ""
    return tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def _upgrade(tx: Transaction) -> None:
    """Run the migrations; Alembic is imported only when there is one to run."""
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def _first_line(lock: Path) -> str:
    try:
        return lock.read_text().strip()
    except OSError:
        return ""

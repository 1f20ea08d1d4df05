import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from polls import LONG, poll, seen

from watcher.errors import BusyError, StoreError
from watcher.store import Store, Transaction, dispatches

URL = "sqlite:///watcher.db"
PAGE = 4096
SHORTLY = timedelta(milliseconds=50)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    store = Store.open(URL, folder)
    with store.write() as tx:
        poll(tx, *(seen(f"Headline {n}", f"{LONG} {n}", f"https://kcna.test/{n}") for n in range(200)))
    store.close()
    return folder / "watcher.db"


@pytest.fixture
def file(kept: Path, tmp_path: Path) -> Path:
    """A closed database of two hundred dispatches."""
    return Path(shutil.copy(kept, tmp_path))


@contextmanager
def _opened(folder: Path) -> Iterator[Store]:
    store = Store.open(URL, folder, patience=SHORTLY)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _another_process(folder: Path, block: str) -> Iterator[int]:
    """A second watcher on the same database, inside `block` until we are done; its process id."""
    code = f"""
import sys
from pathlib import Path
from watcher.store import Store
with Store.open({URL!r}, Path({str(folder)!r})).{block}:
    print("ready", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"ready\n"
        yield other.pid
        other.stdin.close()
        other.wait()


def _mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


class TestOpening:
    def test_a_database_that_is_not_there_is_created(self, tmp_path: Path):
        with _opened(tmp_path) as store, store.read() as tx:
            assert dispatches.count(tx) == 0

    def test_what_was_committed_is_there_when_it_is_opened_again(self, file: Path):
        with _opened(file.parent) as store, store.read() as tx:
            assert dispatches.count(tx) == 200

    def test_nobody_but_its_owner_can_read_any_of_its_files(self, tmp_path: Path):
        before = os.umask(0)
        try:
            with _opened(tmp_path) as store, store.hold("once"), store.write() as tx:
                poll(tx, seen())
                modes = {path.name: _mode(path) for path in tmp_path.iterdir()}
        finally:
            os.umask(before)
        names = ("watcher.db", "watcher.db-shm", "watcher.db-wal", "watcher.db.lock")
        assert modes == dict.fromkeys(names, "0o600")

    def test_a_database_that_others_could_read_is_closed_to_them(self, file: Path):
        file.chmod(0o644)
        with _opened(file.parent):
            assert _mode(file) == "0o600"

    def test_it_writes_ahead_checks_foreign_keys_and_waits_for_the_disk(self, store: Store):
        with store.read() as tx:
            pragmas = [
                tx.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous")
            ]
        assert pragmas == ["wal", 1, 2]

    @pytest.mark.parametrize(
        "url",
        ["watcher.db", "sqlite://", "sqlite:///:memory:", "postgresql://u:secret@host/db", "nonsense://x"],
    )
    def test_a_url_that_is_no_file_of_sqlite_is_refused_with_one_that_is(self, tmp_path: Path, url: str):
        with pytest.raises(StoreError, match=r'write one like "sqlite:///watcher\.db"') as refused:
            Store.open(url, tmp_path)
        assert "secret" not in str(refused.value)

    def test_a_folder_that_is_missing_is_named(self, tmp_path: Path):
        with pytest.raises(StoreError, match=r"nowhere does not exist.*create it first"):
            Store.open(URL, tmp_path / "nowhere")

    def test_a_folder_in_the_place_of_the_database_is_refused(self, tmp_path: Path):
        (tmp_path / "watcher.db").mkdir()
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open(URL, tmp_path)

    def test_a_path_with_odd_characters_is_a_path(self, tmp_path: Path):
        folder = tmp_path / "50% off? #1 é"
        folder.mkdir()
        with _opened(folder):
            assert (folder / "watcher.db").stat().st_size > 0


class TestDamage:
    def test_a_file_that_is_no_database_is_left_as_it_is(self, tmp_path: Path):
        (tmp_path / "watcher.db").write_text("dear diary, " * 1000)
        with pytest.raises(StoreError, match=r"is damaged.*\.recover"):
            Store.open(URL, tmp_path)
        assert (tmp_path / "watcher.db").read_text() == "dear diary, " * 1000

    def test_a_sound_database_passes(self, file: Path):
        with _opened(file.parent) as store:
            store.check()

    @pytest.mark.parametrize("part", range(8))
    def test_flipped_bytes_are_found_and_left_as_they_are(self, file: Path, part: int):
        whole = bytearray(file.read_bytes())
        place = len(whole) * part // 8 // PAGE * PAGE  # the head of a page
        whole[place : place + 16] = bytes(byte ^ 0xFF for byte in whole[place : place + 16])
        file.write_bytes(whole)
        with pytest.raises(StoreError, match="is damaged"), _opened(file.parent) as store:
            store.check()
        assert file.read_bytes() == whole

    def test_a_file_cut_short_is_found(self, file: Path):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(StoreError, match="is damaged"), _opened(file.parent) as store:
            store.check()


class TestTransactions:
    def test_what_fails_leaves_no_trace(self, store: Store):
        with pytest.raises(ZeroDivisionError), store.write() as tx:
            len(poll(tx, seen())) / 0
        with store.read() as tx:
            assert dispatches.count(tx) == 0

    def test_a_reader_sees_one_state_while_another_writes(self, store: Store):
        with store.read() as reader:
            assert dispatches.count(reader) == 0
            with store.write() as tx:
                poll(tx, seen())
            assert dispatches.count(reader) == 0
        with store.read() as reader:
            assert dispatches.count(reader) == 1

    def test_another_process_reads_and_writes_beside_one_that_holds_it(self, file: Path):
        with _another_process(file.parent, "hold('run')"), _opened(file.parent) as store:
            with store.write() as tx:
                poll(tx, seen("Weather", "Rain.", "https://kcna.test/weather"))
            with store.read() as tx:
                assert dispatches.count(tx) == 201

    def test_a_lock_that_lasts_is_told_in_words(self, file: Path):
        with _opened(file.parent) as store:
            other = sqlite3.connect(file, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with store.read() as tx:
                assert dispatches.count(tx) == 200
            with pytest.raises(StoreError, match="stayed locked by another program"), store.write():
                pass
            other.close()
            with store.write() as tx:
                poll(tx, seen())

    def test_threads_that_write_take_turns(self, store: Store):
        def write(number: int) -> None:
            with store.write() as tx:
                poll(tx, seen(body=f"{LONG} {number}", link=f"https://kcna.test/{number}"))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.read() as tx:
            assert dispatches.count(tx) == 20

    def test_a_thread_that_waits_too_long_for_another_says_so(self, tmp_path: Path):
        with _opened(tmp_path) as store, store.write():
            with pytest.raises(StoreError, match="stayed locked"), store.write():
                pass

    def test_a_full_disk_is_told_in_words_and_nothing_is_half_stored(self, file: Path):
        with _opened(file.parent) as store:
            with pytest.raises(StoreError, match=r"full.*free some space"), store.write() as tx:
                _fill_the_disk(tx)
            with store.read() as tx:
                assert dispatches.count(tx) == 200
            store.check()

    def test_an_error_of_the_database_becomes_ours(self, store: Store):
        with pytest.raises(StoreError, match=r"watcher\.db refused: no such table"), store.read() as tx:
            tx.exec_driver_sql("SELECT * FROM nowhere")


def _fill_the_disk(tx: Transaction) -> None:
    tx.exec_driver_sql("PRAGMA max_page_count=1")  # no more pages than there are
    poll(tx, seen(body=LONG * 1000))


class TestHolding:
    def test_a_second_watcher_is_told_who_holds_the_database(self, file: Path):
        with _another_process(file.parent, "hold('run')") as process, _opened(file.parent) as store:
            with pytest.raises(BusyError, match=rf"in use by run \(process {process}\)"), store.hold("once"):
                pass
        with store.hold("once"):
            pass

    def test_the_hold_ends_with_the_process_however_it_ends(self, file: Path):
        with _another_process(file.parent, "hold('run')") as process:
            os.kill(process, signal.SIGKILL)
        with _opened(file.parent) as store, store.hold("once"):
            pass

    def test_a_lock_file_that_cannot_be_written_is_told_in_words(self, file: Path):
        file.with_name("watcher.db.lock").mkdir()
        with _opened(file.parent) as store:
            with pytest.raises(StoreError, match=r"watcher\.db\.lock cannot be written"), store.hold("once"):
                pass

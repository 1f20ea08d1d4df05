from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from polls import HOUR, NOW, poll, seen

from watcher.errors import StoreError
from watcher.model import Source
from watcher.store import Store, Transaction, dispatches, schema, sources

KCNA = Source("kcna", "https://kcna.test/feed", "kcna.test", every=timedelta(minutes=15))
RODONG = Source("rodong", "https://rodong.test/feed", "rodong.test", every=HOUR)
BOTH = {source.name: source for source in (KCNA, RODONG)}


@pytest.fixture
def tx(store: Store):
    with store.write() as transaction:
        sources.sync(transaction, BOTH.values(), NOW)
        yield transaction


def _row(tx: Transaction, name: str) -> sa.Row:
    return tx.execute(sa.select(schema.sources).where(schema.sources.c.name == name)).one()


def _polled(source: Source) -> Source:
    return replace(
        source,
        etag='"1"',
        last_modified="Sat, 03 Aug 2024 21:00:00 GMT",
        body_hash="ab",
        baselined_at=NOW,
        polled_at=NOW,
        succeeded_at=NOW,
        news_at=NOW,
        next_poll_at=NOW + source.every,
        failures=2,
        overlaps=True,
        error="no answer",
        warning="cut off",
    )


def test_a_new_source_is_due_at_once(tx: Transaction):
    claimed = sources.claim_due(tx, BOTH, NOW, 10)
    assert {source.name for source in claimed} == {"kcna", "rodong"}
    assert claimed[0].url == BOTH[claimed[0].name].url


def test_a_claimed_source_is_due_again_after_its_interval(tx: Transaction):
    sources.claim_due(tx, BOTH, NOW, 10)
    assert sources.claim_due(tx, BOTH, NOW + timedelta(minutes=14), 10) == []
    assert [each.name for each in sources.claim_due(tx, BOTH, NOW + timedelta(minutes=15), 10)] == ["kcna"]
    assert [each.name for each in sources.claim_due(tx, BOTH, NOW + HOUR, 10)] == ["kcna", "rodong"]


def test_the_longest_due_come_first_and_no_more_than_asked_for(tx: Transaction):
    sources.save(tx, replace(KCNA, next_poll_at=NOW - HOUR))
    assert [source.name for source in sources.claim_due(tx, BOTH, NOW, 1)] == ["kcna"]
    assert [source.name for source in sources.claim_due(tx, BOTH, NOW, 1)] == ["rodong"]


def test_what_is_due_is_found_by_an_index(tx: Transaction):
    asked = sources._DUE.compile(dialect=tx.dialect)
    plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("2024", "2024", 1, 0)).all()
    assert "USING INDEX sources_due (enabled=? AND next_poll_at<?)" in plan[0].detail
    assert len(plan) == 1


@pytest.mark.parametrize(
    "claim",
    [lambda tx, now: sources.claim_due(tx, BOTH, now, 10), lambda tx, now: sources.claim_all(tx, BOTH, now)],
)
def test_a_source_that_asked_us_to_wait_is_left_in_peace(tx: Transaction, claim):
    sources.save(tx, replace(KCNA, not_before=NOW + HOUR))
    sources.save(tx, replace(RODONG, not_before=NOW + 2 * HOUR, gone_at=NOW))
    assert claim(tx, NOW) == []
    assert [source.name for source in claim(tx, NOW + HOUR)] == ["kcna"]


def test_a_source_that_was_renamed_knows_what_it_knew(tx: Transaction):
    [dispatch] = poll(tx, seen())
    sources.save(tx, _polled(KCNA))
    sources.replace_marks(tx, "kcna", {}, {"mark": dispatch.id}, NOW)
    renamed = replace(KCNA, name="agency")
    sources.sync(tx, [renamed, RODONG], NOW + HOUR)
    [source] = sources.listing(tx, {"agency": renamed})
    assert source == replace(_polled(KCNA), name="agency")
    assert sources.marks(tx, "agency") == {"mark": dispatch.id}


def test_what_a_dead_process_was_polling_is_due_when_the_next_one_starts(tx: Transaction):
    claimed, other = sources.claim_due(tx, BOTH, NOW, 2)
    sources.save(tx, replace(other, next_poll_at=NOW + other.every))
    later = NOW + timedelta(minutes=1)
    sources.release(tx, later)
    assert [source.name for source in sources.claim_due(tx, BOTH, later, 2)] == [claimed.name]


def test_all_are_claimed_though_they_are_not_due(tx: Transaction):
    sources.claim_due(tx, BOTH, NOW, 10)
    assert len(sources.claim_all(tx, BOTH, NOW)) == 2
    assert sources.claim_due(tx, BOTH, NOW, 10) == []


def test_a_source_that_is_no_longer_configured_is_disabled_and_keeps_what_it_knows(tx: Transaction):
    sources.save(tx, _polled(KCNA))
    sources.sync(tx, [RODONG], NOW)
    assert [source.name for source in sources.claim_all(tx, BOTH, NOW)] == ["rodong"]
    sources.sync(tx, BOTH.values(), NOW)
    assert sources.listing(tx, BOTH)[0] == _polled(KCNA)


def test_a_disabled_source_is_not_claimed(tx: Transaction):
    sources.sync(tx, [replace(KCNA, enabled=False), RODONG], NOW)
    assert [source.name for source in sources.claim_all(tx, BOTH, NOW)] == ["rodong"]


def test_a_row_without_configuration_is_not_claimed(tx: Transaction):
    assert [source.name for source in sources.claim_due(tx, {"kcna": KCNA}, NOW, 10)] == ["kcna"]


def test_it_saves_and_lists_everything_that_a_poll_leaves_behind(tx: Transaction):
    after = replace(_polled(KCNA), not_before=NOW, gone_at=NOW)
    sources.save_many(tx, [after, _polled(RODONG)])
    assert sources.listing(tx, BOTH) == [after, _polled(RODONG)]


def test_a_source_not_yet_in_the_database_is_listed_as_configured(store: Store):
    with store.read() as tx:
        assert sources.listing(tx, BOTH) == [KCNA, RODONG]


@pytest.mark.parametrize("change", [{"url": "https://kcna.test/other"}, {"kind": "page"}])
def test_a_source_that_reads_another_list_starts_anew(tx: Transaction, change: dict[str, str]):
    sources.save(tx, replace(_polled(KCNA), gone_at=NOW, not_before=NOW + HOUR))
    sources.replace_marks(tx, "kcna", {}, {"m": poll(tx, seen())[0].id}, NOW)
    other = replace(KCNA, **change)
    assert sources.listing(tx, {"kcna": other}) == [other]
    sources.sync(tx, [other], NOW + HOUR)
    assert sources.claim_due(tx, {"kcna": other}, NOW + HOUR, 10) == [replace(other, next_poll_at=NOW + HOUR)]
    assert sources.marks(tx, "kcna") == {}


def test_a_poll_of_the_list_before_is_not_saved_on_the_new_one(tx: Transaction):
    other = replace(KCNA, url="https://kcna.test/other")
    sources.sync(tx, [other], NOW)
    sources.save(tx, _polled(KCNA))
    assert sources.listing(tx, {"kcna": other}) == [replace(other, next_poll_at=NOW)]


def test_another_header_or_tag_is_still_the_same_list(tx: Transaction):
    sources.save(tx, _polled(KCNA))
    same = replace(KCNA, headers={"Cookie": "a"}, tags=frozenset({"dprk"}), timeout=HOUR)
    sources.sync(tx, [same], NOW)
    assert sources.listing(tx, {"kcna": same})[0].etag == '"1"'


def test_a_shorter_interval_brings_the_next_poll_forward_and_a_longer_one_does_not_delay_it(tx: Transaction):
    sources.save(tx, replace(_polled(KCNA), next_poll_at=NOW + HOUR))
    sources.sync(tx, [replace(KCNA, every=timedelta(minutes=5))], NOW)
    assert _row(tx, "kcna").next_poll_at == NOW + timedelta(minutes=5)
    sources.sync(tx, [replace(KCNA, every=timedelta(days=1))], NOW)
    assert _row(tx, "kcna").next_poll_at == NOW + timedelta(minutes=5)
    assert _row(tx, "kcna").every == 24 * 60 * 60


def test_an_unchanged_configuration_leaves_a_backoff_alone(tx: Transaction):
    sources.save(tx, replace(KCNA, next_poll_at=NOW + 6 * HOUR))
    sources.sync(tx, BOTH.values(), NOW)
    assert _row(tx, "kcna").next_poll_at == NOW + 6 * HOUR


def test_marks_are_those_of_the_last_poll(tx: Transaction):
    one, two, three = (
        poll(tx, seen(body=f"{n} {seen().body}", link=f"https://kcna.test/{n}"))[0].id for n in "abc"
    )
    sources.replace_marks(tx, "kcna", {}, {"m1": one, "m2": two}, NOW)
    sources.replace_marks(tx, "kcna", {"m1": one, "m2": two}, {"m2": two, "m3": three}, NOW + HOUR)
    assert sources.marks(tx, "kcna") == {"m2": two, "m3": three}
    assert sources.marks(tx, "rodong") == {}


def test_what_left_the_list_was_last_seen_when_it_left(tx: Transaction):
    stays, leaves = (
        poll(tx, seen(body=f"{n} {seen().body}", link=f"https://kcna.test/{n}"))[0].id for n in "ab"
    )
    shown = {"m1": stays, "m2": leaves, "m3": stays}
    sources.replace_marks(tx, "kcna", {}, shown, NOW)
    sources.replace_marks(tx, "kcna", shown, {"m1": stays}, NOW + HOUR)
    assert dispatches.get(tx, stays).surfaces[0].last_seen == NOW
    assert dispatches.get(tx, leaves).surfaces[0].last_seen == NOW + HOUR


def test_a_mark_needs_a_dispatch_that_is_there(store: Store):
    with store.write() as tx:
        sources.sync(tx, [KCNA], NOW)
    with pytest.raises(StoreError, match="FOREIGN KEY"), store.write() as tx:
        sources.replace_marks(tx, "kcna", {}, {"m": 404}, NOW)

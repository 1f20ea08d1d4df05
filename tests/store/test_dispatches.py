from datetime import timedelta

from polls import HOUR, LONG, NOW, poll, seen

from watcher.model import Dispatch
from watcher.store import Store, dispatches


def _different(number: int, **more: object) -> Dispatch:
    body = " ".join(f"text{number}w{word}" for word in range(50))
    return seen(f"Headline {number}", body, **{"link": f"https://kcna.test/{number}", **more})


def test_a_dispatch_that_is_not_there_is_none(store: Store):
    with store.read() as tx:
        assert dispatches.get(tx, 404) is None
        assert dispatches.listing(tx, 10) == []
        assert dispatches.count(tx) == 0
        assert list(dispatches.every(tx, 10)) == []


def test_held_are_those_of_a_fingerprint_or_a_link(store: Store):
    with store.write() as tx:
        first, second, _third = poll(tx, *map(_different, range(3)))
        same_text = _different(0, link="https://elsewhere.test/0", source="other")
        same_link = seen("Another headline", "another text", link="https://kcna.test/1")
        assert dispatches.held(tx, [same_text, same_link]) == [first, second]
        assert dispatches.held(tx, [_different(7)]) == []
        assert dispatches.held(tx, []) == []


def test_a_former_version_still_leads_to_its_dispatch(store: Store):
    with store.write() as tx:
        poll(tx, seen())
        [edited] = poll(tx, seen(body=LONG.replace("word7 ", "word8 ")))
        assert len(edited.versions) == 2
        assert dispatches.held(tx, [seen(link="https://elsewhere.test/")]) == [edited]


def test_what_has_no_link_is_not_held_by_it(store: Store):
    with store.write() as tx:
        poll(tx, _different(1, link=""))
        assert dispatches.held(tx, [_different(2, link="")]) == []


def test_held_takes_a_few_statements_for_a_poll_of_any_size(store: Store, statements: list[str]):
    with store.write() as tx:
        shown = [_different(number) for number in range(400)]
        poll(tx, *shown)
        statements.clear()
        assert len(dispatches.held(tx, shown)) == 400
    assert len(statements) <= 6


def test_more_values_than_one_statement_may_carry_are_no_trouble(store: Store):
    with store.write() as tx:
        shown = [_different(number) for number in range(1100)]
        known = poll(tx, *shown)
        assert dispatches.held(tx, shown) == known


def test_of_thousands_under_one_link_the_latest_are_held(store: Store):
    with store.write() as tx:
        known = poll(tx, *(_different(number, link="https://kcna.test/") for number in range(80)))
        latest = dispatches.held(tx, [_different(100, link="https://kcna.test/")])
        assert latest == known[-dispatches.LATEST_UNDER_A_LINK :]
        by_text = dispatches.held(tx, [_different(0, link="https://elsewhere.test/")])
        assert by_text == known[:1]


def test_the_latest_are_listed_first(store: Store):
    with store.write() as tx:
        [first] = poll(tx, _different(1), now=NOW + HOUR)
        [late] = poll(tx, _different(2), now=NOW + 2 * HOUR)
        below, above = poll(tx, _different(3), _different(4), now=NOW)
        assert dispatches.listing(tx, 10) == [late, first, above, below]
        assert dispatches.listing(tx, 2) == [late, first]
        assert dispatches.listing(tx, 10, since=NOW + HOUR) == [late, first]
        assert dispatches.listing(tx, 10, since=NOW + HOUR + timedelta(seconds=1)) == [late]


def test_a_listing_of_a_source_has_what_stands_on_it(store: Store):
    with store.write() as tx:
        poll(tx, _different(1), _different(2, source="rodong"))
        both = poll(tx, _different(1, source="rodong"))[0]
        on_kcna = dispatches.listing(tx, 10, source="kcna")
        assert on_kcna == [both]
        assert len(dispatches.listing(tx, 10, source="rodong")) == 2
        assert dispatches.listing(tx, 10, source="nobody") == []


def test_every_dispatch_comes_once_in_batches(store: Store):
    with store.write() as tx:
        known = poll(tx, *map(_different, range(5)))
        assert list(dispatches.every(tx, 2)) == [known[:2], known[2:4], known[4:]]
        assert dispatches.count(tx) == 5

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from polls import DAY, HOUR, LONG, NOW, place_all, poll, seen

from watcher.ingest.identity import identify
from watcher.model import Change, Dispatch, Placement, Source, Surface
from watcher.store import Store, Transaction, dispatches, schema, sources

KCNA = Source("kcna", "https://kcna.test/feed", "kcna.test")
LATER = NOW + HOUR
FULL = f"{LONG} and a further paragraph"
CUT = " ".join(LONG.split()[:50])


@pytest.fixture
def tx(store: Store):
    with store.write() as transaction:
        yield transaction


def _one(tx: Transaction, *shown: Dispatch, change: Change, now=LATER) -> Dispatch:
    """Records one poll of one entry, which must be that change, and gives what is stored then."""
    [(placement, recorded)] = place_all(tx, shown, now)
    assert placement.change is change
    assert dispatches.get(tx, recorded.id) == recorded
    return recorded


def test_a_new_dispatch_is_kept_whole(tx: Transaction):
    shown = seen(section="politics", author="KCNA", language="en", published=NOW - HOUR, mark="m1")
    [recorded] = poll(tx, shown)
    assert dispatches.get(tx, recorded.id) == recorded
    assert recorded.id > 0
    assert recorded.first_seen == NOW
    assert (recorded.headline, recorded.body, recorded.fingerprint) == (
        "Plenum held",
        LONG,
        shown.fingerprint,
    )
    assert (recorded.author, recorded.language) == ("KCNA", "en")
    assert (recorded.day, recorded.published) == (DAY, NOW - HOUR)
    [surface], [version] = recorded.surfaces, recorded.versions
    assert surface == replace(shown.surfaces[0], first_seen=NOW, last_seen=NOW, id=surface.id)
    assert (version.number, version.seen, version.body) == (1, NOW, LONG)
    assert min(surface.id, version.id) > 0


def test_a_poll_of_any_size_is_recorded_in_a_few_statements(store: Store, statements: list[str]):
    shown = [seen(f"Headline {number}", f"{number} {LONG}", link="") for number in range(100)]
    with store.write() as tx:
        poll(tx, *shown)
    assert len([statement for statement in statements if statement.startswith("INSERT")]) == 4


def test_a_poll_that_ends_badly_records_nothing(tx: Transaction):
    with contextlib.suppress(KeyError), dispatches.recording(tx, NOW) as record:
        record(Placement(Change.NEW, seen(), surfaces=seen().surfaces))
        raise KeyError
    assert dispatches.count(tx) == 0


def test_a_surface_that_is_shown_twice_is_one(tx: Transaction):
    surface = Surface("kcna", "https://kcna.test/1", "politics")
    shown = Dispatch("kcna.test", "Plenum held", LONG, (surface, surface), day=DAY)
    [recorded] = poll(tx, identify(shown, ["https://kcna.test/1"] * 2))
    assert len(recorded.surfaces) == 1


def test_the_same_again_adds_nothing_but_when_it_was_seen(tx: Transaction):
    [before] = poll(tx, seen())
    after = _one(tx, seen(), change=Change.SAME)
    assert after == replace(before, surfaces=(replace(before.surfaces[0], last_seen=LATER),))


def test_a_further_section_source_or_link_is_a_further_surface(tx: Transaction):
    poll(tx, seen())
    _one(tx, seen(section="politics"), change=Change.SAME)
    _one(tx, seen(source="kcna-en"), change=Change.SAME)
    after = _one(tx, seen(link="https://kcna.test/2"), change=Change.SAME)
    spots = [(surface.source, surface.link, surface.section) for surface in after.surfaces]
    assert spots == [
        ("kcna", "https://kcna.test/1", ""),
        ("kcna", "https://kcna.test/1", "politics"),
        ("kcna-en", "https://kcna.test/1", ""),
        ("kcna", "https://kcna.test/2", ""),
    ]


def test_another_headline_on_a_further_surface_is_kept_and_is_not_the_current_one(tx: Transaction):
    poll(tx, seen())
    elsewhere = seen("Plenary meeting ends", link="https://kcna.test/2")
    after = _one(tx, elsewhere, change=Change.VARIANT)
    assert after.headline == "Plenum held"
    assert [version.headline for version in after.versions] == ["Plenary meeting ends", "Plenum held"]
    assert len(after.surfaces) == 2
    _one(tx, elsewhere, change=Change.SAME)


def test_a_text_that_grew_replaces_the_version_in_place(tx: Transaction):
    [before] = poll(tx, seen())
    shown = seen(body=FULL)
    after = _one(tx, shown, change=Change.GROWN)
    assert (after.body, after.fingerprint) == (FULL, shown.fingerprint)
    assert after.versions == (replace(before.versions[0], body=FULL, fingerprint=shown.fingerprint),)
    assert after.surfaces[0].shown == len(FULL)


def test_an_edit_adds_a_version(tx: Transaction):
    [before] = poll(tx, seen())
    after = _one(tx, seen(body=CUT), change=Change.EDITED)
    assert after.body == CUT
    assert after.versions[0] == before.versions[0]
    assert (after.versions[1].number, after.versions[1].body, after.versions[1].seen) == (2, CUT, LATER)


def test_a_source_is_remembered_by_what_it_last_showed(tx: Transaction):
    poll(tx, seen())
    after = _one(tx, seen(body=CUT, source="summaries"), change=Change.SAME)
    assert [surface.shown for surface in after.surfaces] == [len(LONG), len(CUT)]
    after = _one(tx, seen(body=CUT), change=Change.EDITED)
    assert [surface.shown for surface in after.surfaces] == [len(CUT), len(CUT)]


def test_under_one_link_a_source_shows_the_same_in_every_section(tx: Transaction):
    poll(tx, seen(body=CUT, section="front"))
    after = _one(tx, seen(section="politics"), change=Change.GROWN)
    assert [surface.shown for surface in after.surfaces] == [len(LONG), len(LONG)]
    assert [surface.last_seen for surface in after.surfaces] == [NOW, LATER]


def test_what_was_unknown_is_filled_in_and_what_was_known_stays(tx: Transaction):
    poll(tx, seen(day=None, author="KCNA"))
    shown = seen(author="Another", language="en", published=NOW)
    after = _one(tx, shown, change=Change.SAME)
    assert (after.author, after.language, after.day, after.published) == ("KCNA", "en", DAY, NOW)
    after = _one(tx, seen(day=DAY + timedelta(days=1), published=LATER), change=Change.SAME)
    assert (after.day, after.published) == (DAY, NOW)


class TestMerging:
    """The beginning and the whole of one text under two links, until one of them grows into the other."""

    @pytest.fixture
    def older(self, tx: Transaction) -> Dispatch:
        return poll(tx, seen())[0]

    @pytest.fixture
    def younger(self, tx: Transaction, older: Dispatch) -> Dispatch:
        shown = seen(body=FULL, link="https://kcna.test/2", language="en")
        return poll(tx, shown)[0]

    def test_the_younger_goes_and_its_id_leads_to_the_older(
        self, tx: Transaction, older: Dispatch, younger: Dispatch
    ):
        assert older.id < younger.id
        after = _one(tx, seen(body=FULL), change=Change.GROWN)
        assert after.id == older.id
        assert dispatches.get(tx, younger.id) == after
        assert dispatches.count(tx) == 1
        assert dispatches.listing(tx, 10) == [after]
        assert dispatches.held(tx, [seen(body=FULL, link="https://kcna.test/2")]) == [after]

    def test_the_older_gets_surfaces_and_what_it_did_not_know(
        self, tx: Transaction, older: Dispatch, younger: Dispatch
    ):
        after = _one(tx, seen(body=FULL), change=Change.GROWN)
        assert [surface.id for surface in after.surfaces] == [older.surfaces[0].id, younger.surfaces[0].id]
        assert after.language == "en"
        assert [(version.number, version.body) for version in after.versions] == [(1, FULL)]

    def test_the_older_gets_marks(self, tx: Transaction, older: Dispatch, younger: Dispatch):
        sources.sync(tx, [KCNA], NOW)
        sources.replace_marks(tx, "kcna", {}, {"m1": older.id, "m2": younger.id}, NOW)
        _one(tx, seen(body=FULL), change=Change.GROWN)
        assert sources.marks(tx, "kcna") == {"m1": older.id, "m2": older.id}

    def test_what_left_the_list_as_it_merged_was_last_seen_when_it_left(
        self, tx: Transaction, older: Dispatch, younger: Dispatch
    ):
        sources.sync(tx, [KCNA], NOW)
        before = {"m2": younger.id}
        sources.replace_marks(tx, "kcna", {}, before, NOW)
        _one(tx, seen(body=FULL), change=Change.GROWN)
        sources.replace_marks(tx, "kcna", before, {}, LATER + HOUR)
        last_seen = [surface.last_seen for surface in dispatches.get(tx, older.id).surfaces]
        assert last_seen == [LATER + HOUR] * 2

    def test_the_former_texts_of_the_younger_come_before_the_current_one(
        self, tx: Transaction, older: Dispatch, younger: Dispatch
    ):
        edited = FULL.replace("word7 ", "word8 ")
        younger = _one(tx, seen(body=edited, link="https://kcna.test/2"), change=Change.EDITED)
        after = _one(tx, seen(body=FULL), change=Change.GROWN)
        assert [(version.number, version.body) for version in after.versions] == [(1, edited), (2, FULL)]
        assert after.versions[0].id == younger.versions[1].id
        _one(tx, seen(body=edited, link="https://kcna.test/2"), change=Change.SAME)

    def test_a_younger_beginning_merges_into_the_older_whole(self, tx: Transaction):
        [whole] = poll(tx, seen(body=FULL))
        [beginning] = poll(tx, seen(link="https://kcna.test/2"))
        after = _one(tx, seen(body=FULL, link="https://kcna.test/2"), change=Change.SAME)
        assert after.id == whole.id
        assert [version.body for version in after.versions] == [LONG, FULL]
        assert {surface.canonical for surface in after.surfaces} == {
            "https://kcna.test/1",
            "https://kcna.test/2",
        }
        assert dispatches.get(tx, beginning.id) == after

    def test_what_both_have_stays_where_it_is(self, tx: Transaction, older: Dispatch, younger: Dispatch):
        double = schema.surfaces.insert().from_select(
            ["dispatch", "source", "link", "canonical", "section", "shown", "first_seen", "last_seen"],
            sa.select(sa.literal(younger.id), *list(schema.surfaces.c)[2:]).where(
                schema.surfaces.c.dispatch == older.id
            ),
        )
        tx.execute(double)
        after = _one(tx, seen(body=FULL), change=Change.GROWN)
        assert len(after.surfaces) == 2

    def test_a_chain_of_mergers_leads_to_the_oldest(self, tx: Transaction):
        beginnings = [" ".join(FULL.split()[:length]) for length in (45, 50, 55)]
        first, second, third = (
            poll(tx, seen(body=body, link=f"https://kcna.test/{number}"))[0]
            for number, body in enumerate(beginnings)
        )
        _one(tx, seen(body=beginnings[2], link="https://kcna.test/1"), change=Change.GROWN)
        assert dispatches.get(tx, third.id).id == second.id
        _one(tx, seen(body=beginnings[2], link="https://kcna.test/0"), change=Change.GROWN)
        assert [dispatches.get(tx, each.id).id for each in (first, second, third)] == [first.id] * 3
        assert dispatches.count(tx) == 1

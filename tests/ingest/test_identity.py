from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from memory import Memory, identified

from watcher.ingest.identity import LONG_UNSPACED, LONG_WORDS, fingerprint, similarity
from watcher.model import Change, Dispatch, Placement, Surface

DAY = date(2024, 8, 5)
WORDS = [f"word{number}" for number in range(200)]
LONG = " ".join(WORDS[:60])
LONGER = " ".join(WORDS[:90])
EDITED = LONG.replace("word30", "changed")
OTHER = " ".join(WORDS[100:170])
SHORT = " ".join(WORDS[:10])


def seen(
    body: str = LONG,
    headline: str = "Press Review",
    link: str = "http://m.example/1",
    *,
    source: str = "news",
    section: str = "",
    outlet: str = "m.example",
    day: date | None = DAY,
) -> Dispatch:
    return Dispatch(outlet, headline, body, (Surface(source, link, section),), day=day)


def second(first: Dispatch, then: Dispatch) -> Placement:
    """Where a text is placed when another is known."""
    memory = Memory()
    memory.place(first)
    return memory.place(then)


# --- fingerprints


def test_a_long_text_stands_for_itself():
    elsewhere = seen(headline="Other", link="http://x.example/", outlet="x.example", day=None)
    assert fingerprint(identified(seen())) == fingerprint(identified(elsewhere))
    assert fingerprint(seen()) != fingerprint(seen(EDITED))


@pytest.mark.parametrize("enough", [" ".join(WORDS[:LONG_WORDS]), "京" * LONG_UNSPACED, "か" * LONG_UNSPACED])
def test_forty_words_or_eighty_characters_of_an_unspaced_script_are_long(enough):
    assert fingerprint(seen(enough, "One")) == fingerprint(seen(enough, "Other"))


@pytest.mark.parametrize(
    "little", ["", " ".join(WORDS[: LONG_WORDS - 1]), "京" * (LONG_UNSPACED - 1), "한" * 100]
)
def test_less_is_outlet_headline_and_day(little):
    one = fingerprint(seen(little))
    assert one == fingerprint(seen("", link="http://m.example/2"))
    assert one != fingerprint(seen(little, "Other"))
    assert one != fingerprint(seen(little, day=date(2024, 8, 6)))
    assert one != fingerprint(seen(little, outlet="x.example"))


def test_for_want_of_a_day_the_link_counts():
    one, other = seen("", day=None), seen("", link="http://m.example/2", day=None)
    assert fingerprint(identified(one)) != fingerprint(identified(other))


@given(st.lists(st.sampled_from(WORDS), min_size=LONG_WORDS, max_size=80), st.randoms(use_true_random=False))
def test_white_space_punctuation_and_case_make_no_other_text(words, chance):
    gaps = [" ", "\n", ", ", " — ", ".  ", "\xa0", "…"]
    cases = [str.upper, str.title, str.lower]
    altered = "".join(chance.choice(cases)(word) + chance.choice(gaps) for word in words)
    assert fingerprint(seen(" ".join(words))) == fingerprint(seen(altered))


@given(st.text(), st.text())
def test_a_fingerprint_is_32_hexadecimal_digits(headline, body):
    mark = fingerprint(seen(body, headline))
    assert len(mark) == 32
    int(mark, 16)


@given(st.lists(st.sampled_from(WORDS)), st.lists(st.sampled_from(WORDS)))
def test_similarity_is_symmetric_and_between_nothing_and_one(one, other):
    left, right = " ".join(one), " ".join(other)
    assert similarity(left, right) == similarity(right, left)
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, left) == (1 if one else 0)


# --- the first law: a fingerprint we hold


def test_a_text_we_hold_is_the_dispatch_it_was():
    placement = second(seen(), seen())
    assert (placement.change, placement.known.id, placement.surfaces) == (Change.SAME, 1, ())


@pytest.mark.parametrize(
    "elsewhere",
    [
        seen(link="http://m.example/2"),
        seen(section="Politics"),
        seen(source="other"),
        seen(source="x", link="http://x.example/", outlet="x.example"),
    ],
)
def test_a_text_we_hold_seen_elsewhere_is_a_new_surface(elsewhere):
    placement = second(seen(), elsewhere)
    assert placement.change is Change.SAME
    assert [surface.link for surface in placement.surfaces] == [elsewhere.link]


def test_tracking_in_a_link_makes_no_new_surface():
    assert second(seen(), seen(link="http://www.m.example/1?utm_source=x")).surfaces == ()


def test_an_earlier_version_is_known_too():
    memory = Memory()
    assert memory.place_all([seen(), seen(EDITED), seen()]) == [Change.NEW, Change.EDITED, Change.SAME]


def test_a_dispatch_seen_under_one_headline_and_day_at_two_links_is_one():
    assert second(seen(""), seen("", link="http://m.example/2")).change is Change.SAME


def test_two_short_texts_that_share_headline_and_day_only_stay_apart():
    memory = Memory()
    reviews = [seen(" ".join(WORDS[at : at + 20]), link=f"http://m.example/{at}") for at in range(0, 100, 20)]
    assert memory.place_all(reviews) == [Change.NEW] * 5
    assert memory.place_all(reversed(reviews)) == [Change.SAME] * 5


def test_a_summary_belongs_to_the_text_under_its_link_rather_than_to_its_picture():
    memory = Memory()
    memory.place_all([seen("", link="http://m.example/picture"), seen()])
    placement = memory.place(seen(SHORT, source="summaries"))
    assert (placement.change, placement.known.body) == (Change.SAME, LONG)


# --- the second law: a known link whose text only grew


@pytest.mark.parametrize("beginning", ["", SHORT, LONG, LONG[:-3], SHORT + "…", SHORT + " [...]"])
def test_a_text_that_grew_is_the_same_version_and_no_edit(beginning):
    placement = second(seen(beginning), seen(LONGER))
    assert (placement.change, placement.known.id) == (Change.GROWN, 1)


def test_another_source_that_shows_less_is_no_edit():
    placement = second(seen(), seen(SHORT, source="summaries"))
    assert (placement.change, len(placement.surfaces)) == (Change.SAME, 1)


def test_a_source_that_never_showed_more_than_a_summary_is_no_edit_afterwards():
    memory = Memory()
    memory.place_all([seen(SHORT, source="summaries"), seen(LONG)])
    assert memory.place(seen(SHORT, source="summaries")).change is Change.SAME


def test_a_source_that_shows_less_than_it_did_has_cut_it_and_that_is_news():
    placement = second(seen(LONGER), seen(LONG))
    assert (placement.change, placement.known.id) == (Change.EDITED, 1)


def test_a_known_link_of_another_outlet_is_not_known():
    assert second(seen(SHORT), seen(LONG, outlet="x.example")).change is Change.NEW


def test_growing_into_an_older_dispatch_merges_with_it():
    memory = Memory()
    memory.place_all([seen(LONG, "Full"), seen(SHORT, "Brief", link="http://m.example/2")])
    placement = memory.place(seen(LONG, "Brief", link="http://m.example/2"))
    assert (placement.known.id, placement.absorbed.id) == (1, 2)
    assert memory.dispatches.keys() == {1}
    assert {surface.link for surface in memory.dispatches[1].surfaces} == {
        "http://m.example/1",
        "http://m.example/2",
    }


def test_the_older_one_stays_whichever_grows():
    memory = Memory()
    memory.place_all([seen(SHORT, "Brief", link="http://m.example/2"), seen(LONG, "Full")])
    placement = memory.place(seen(LONG, "Brief", link="http://m.example/2"))
    assert (placement.known.id, placement.absorbed.id) == (1, 2)


# --- the third law: a known link and a similar text


def test_a_similar_text_under_a_known_link_is_an_edit():
    placement = second(seen(), seen(EDITED))
    assert (placement.change, placement.known.id) == (Change.EDITED, 1)


@pytest.mark.parametrize("altered", [LONG.upper(), LONG.replace(" ", "\n"), LONG.replace(" ", ", ")])
def test_white_space_and_punctuation_alone_are_no_edit(altered):
    assert second(seen(), seen(altered, "PRESS — review")).change is Change.SAME


def test_another_headline_over_the_same_text_is_an_edit():
    assert second(seen(), seen(headline="Correction")).change is Change.EDITED


def test_another_headline_elsewhere_is_a_variant_and_no_edit():
    memory = Memory()
    memory.place(seen())
    variant = seen(headline="Papers of Today", link="http://m.example/2")
    assert memory.place(variant).change is Change.VARIANT
    assert memory.place(variant).change is Change.SAME
    assert memory.dispatches[1].headline == "Press Review"


def test_a_similar_text_under_another_link_is_another_dispatch():
    assert second(seen(), seen(EDITED, link="http://m.example/2")).change is Change.NEW


# --- the fourth law: everything else is new


def test_another_text_under_a_known_link_is_a_new_dispatch():
    assert second(seen(), seen(OTHER)).change is Change.NEW


def test_a_known_headline_makes_no_known_dispatch():
    memory = Memory()
    reviews = [seen(" ".join(WORDS[at : at + 50]), link=f"http://m.example/{at}") for at in range(0, 150, 50)]
    assert memory.place_all(reviews) == [Change.NEW] * 3


def test_the_same_headline_on_another_day_is_a_new_dispatch():
    assert second(seen(""), seen("", day=date(2024, 8, 6), link="http://m.example/2")).change is Change.NEW


def test_of_several_under_one_link_the_one_it_belongs_to_is_found():
    memory = Memory()
    memory.place_all([seen(), seen(OTHER)])
    assert memory.place(seen(EDITED)).known.id == 1
    assert memory.place(seen(OTHER + " more")).known.id == 2


# --- laws over any run of polls

_PIECES = st.builds(
    seen,
    st.sampled_from(["", SHORT, LONG[:100], LONG, LONGER, EDITED, OTHER, OTHER[:80]]),
    st.sampled_from(["Press Review", "Plenary Meeting Held"]),
    st.sampled_from(["", "http://m.example/1", "http://m.example/2"]),
    source=st.sampled_from(["news", "other"]),
    section=st.sampled_from(["", "Politics"]),
    outlet=st.sampled_from(["m.example", "x.example"]),
    day=st.sampled_from([None, DAY]),
)


@given(st.lists(_PIECES, max_size=8), _PIECES)
@settings(max_examples=500)
def test_what_was_just_placed_is_known(run, piece):
    """A second sight shows at most that two dispatches are one, and then they merge."""
    memory = Memory()
    memory.place_all(run)
    memory.place(piece)
    second = memory.place(piece)
    assert second.change is Change.SAME or (second.change is Change.GROWN and second.absorbed)
    before = dict(memory.dispatches)
    third = memory.place(piece)
    assert (third.change, third.surfaces, third.absorbed) == (Change.SAME, (), None)
    assert memory.dispatches == before


@given(st.lists(_PIECES, max_size=8))
def test_every_text_that_was_seen_can_be_found_where_it_was_seen(run):
    memory = Memory()
    memory.place_all(run)
    for piece in map(identified, run):
        spots = {
            (surface.source, surface.canonical, surface.section)
            for dispatch in memory.dispatches.values()
            for surface in dispatch.surfaces
        }
        assert {(each.source, each.canonical, each.section) for each in piece.surfaces} <= spots


@given(st.lists(st.sampled_from([LONG, LONGER, EDITED, OTHER]), unique=True), st.permutations(range(4)))
def test_long_texts_under_links_of_their_own_are_dispatches_of_their_own_in_any_order(bodies, order):
    memory = Memory()
    pieces = [seen(body, link=f"http://m.example/{number}") for number, body in enumerate(bodies)]
    memory.place_all(pieces[at] for at in order if at < len(pieces))
    assert len(memory.dispatches) == len(bodies)
    assert memory.place_all(pieces) == [Change.SAME] * len(bodies)


@given(st.integers(0, len(LONGER)), st.integers(0, len(LONGER)))
@example(0, 0)
def test_a_text_that_is_shown_bit_by_bit_is_one_dispatch_of_one_version(one, other):
    memory = Memory()
    memory.place_all(seen(LONGER[:length]) for length in sorted((one, other)))
    memory.place(seen(LONGER))
    assert [len(dispatch.versions) for dispatch in memory.dispatches.values()] == [1]
    assert memory.dispatches[1].body == LONGER


def test_surfaces_keep_what_they_show():
    assert identified(seen("A  b, c!")).surfaces[0].shown == len("a b c")
    assert replace(identified(seen()), fingerprint="") != identified(seen())

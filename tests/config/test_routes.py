from collections.abc import Callable

import pytest

from watcher.config import Settings
from watcher.notify.route import Route

SOURCES = '[sources.kcna]\nurl = "https://kcna.example/feed"\ntags = ["dprk"]\n'
TWO = SOURCES + '[channels]\na = { url = "json://a.example" }\nb = { url = "json://b.example" }\n'
ALL = '[[routes]]\nchannels = ["a"]\n'
HIGH = '[[routes]]\nchannels = ["b"]\nseverity = "high"\n'


def test_several_channels_need_a_route(problems: Callable[..., list[str]]) -> None:
    (problem,) = problems(TWO, "")
    assert problem == (
        "[[routes]]: of 2 channels none is the default; say at the end of the file which one takes every "
        'alert: [[routes]], and below it channels = ["a"]'
    )


def test_without_a_channel_alerts_would_reach_nobody(problems: Callable[..., list[str]]) -> None:
    assert problems(SOURCES, "") == [
        '[channels]: alerts would reach nobody; add [channels.NAME], and below it a url = "…"'
    ]


@pytest.mark.parametrize(
    "condition", ['severity = "medium"', 'rules = ["x"]', 'sources = ["dprk"]', 'tags = ["x"]']
)
def test_the_last_route_must_take_every_alert(problems: Callable[..., list[str]], condition: str) -> None:
    (problem,) = problems(TWO + HIGH + f'[[routes]]\nchannels = ["a"]\n{condition}\n', "")
    assert problem.startswith("10:1: [[routes]]: the last route must take every alert, so that none is lost")
    assert 'channels = ["a"] and nothing else' in problem


def test_no_route_stands_after_one_that_takes_every_alert(problems: Callable[..., list[str]]) -> None:
    (problem,) = problems(TWO + ALL + HIGH + ALL, "")
    assert problem.startswith("7:1: [[routes]]: this route takes every alert, so that those after it never")


def test_a_route_that_continues_keeps_nothing_from_those_after_it(loaded: Callable[..., Settings]) -> None:
    settings = loaded(TWO + ALL + "continue = true\n" + HIGH + ALL, "")
    assert [route.channels for route in settings.routes] == [("a",), ("b",), ("a",)]


def test_a_route_may_name_sources_and_their_tags(loaded: Callable[..., Settings]) -> None:
    settings = loaded(TWO + '[[routes]]\nchannels = ["b"]\nsources = ["dprk", "kcna"]\n' + ALL, "")
    assert settings.routes == (Route(("b",), sources=frozenset({"dprk", "kcna"})), Route(("a",)))


def test_a_single_bracket_is_pointed_out(problems: Callable[..., list[str]]) -> None:
    (problem,) = problems(TWO + '[routes]\nchannels = ["a"]\n', "")
    assert (
        problem
        == "7:1: [[routes]]: write each route below its own [[routes]], with two brackets on each side"
    )


def test_the_keys_of_a_channel_with_problems_are_known_to_routes(problems: Callable[..., list[str]]) -> None:
    found = problems(
        SOURCES.replace("url", "ulr")
        + '[channels.a]\n[[routes]]\nchannels = ["a"]\nsources = ["dprk"]\n'
        + ALL,
        "",
    )
    assert len(found) == 3
    assert not any("called" in problem for problem in found)

import pytest
from notify_samples import make_alert

from watcher.model import Severity
from watcher.notify.route import Route, catches_all, channels_for

ALL = Route(("desk",))
CRITICAL = Route(("phone",), severity=Severity.CRITICAL)
PLENUM = Route(("politics",), rules=frozenset({"plenary-meeting"}))
KOREA = Route(("korea",), sources=frozenset({"dprk"}))
ECONOMY = Route(("money",), tags=frozenset({"economy", "trade"}))
COPY = Route(("archive",), continues=True)


@pytest.mark.parametrize(
    ("routes", "severity", "expected"),
    [
        ([ALL], Severity.LOW, ("desk",)),
        ([CRITICAL, ALL], Severity.HIGH, ("desk",)),
        ([CRITICAL, ALL], Severity.CRITICAL, ("phone",)),
        ([PLENUM, ALL], Severity.LOW, ("politics",)),
        ([KOREA, ALL], Severity.LOW, ("korea",)),
        ([ECONOMY, ALL], Severity.LOW, ("money",)),
        ([COPY, ALL], Severity.LOW, ("archive", "desk")),
        ([COPY, COPY, ALL, PLENUM], Severity.LOW, ("archive", "desk")),
        ([Route(("a", "b"), continues=True), Route(("b", "c"))], Severity.LOW, ("a", "b", "c")),
        ([CRITICAL], Severity.LOW, ()),
        ([], Severity.LOW, ()),
    ],
)
def test_the_first_route_that_takes_it_decides(
    routes: list[Route], severity: Severity, expected: tuple[str, ...]
) -> None:
    alert = make_alert(severity=severity)
    found = channels_for(alert, frozenset({"trade"}), frozenset({"kcna-en"}), frozenset({"dprk"}), (), routes)
    assert found == expected


def test_a_route_may_name_a_source_as_well_as_a_tag() -> None:
    route = Route(("x",), sources=frozenset({"kcna-en"}))
    none: frozenset[str] = frozenset()
    assert channels_for(make_alert(), none, frozenset({"kcna-en"}), none, (), [route, ALL]) == ("x",)
    assert channels_for(make_alert(), none, frozenset({"rodong-en"}), none, (), [route, ALL]) == ("desk",)


def test_the_rule_itself_overrides_the_routes() -> None:
    none: frozenset[str] = frozenset()
    assert channels_for(make_alert(), none, none, none, ("a", "b", "a"), [ALL]) == ("a", "b")


def test_only_a_route_without_conditions_catches_all() -> None:
    assert catches_all(ALL)
    assert catches_all(COPY)
    assert not any(catches_all(route) for route in (CRITICAL, PLENUM, KOREA, ECONOMY, Route(())))

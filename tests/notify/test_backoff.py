from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.notify.backoff import GIVE_UP, LONGEST, next_attempt

START = datetime(2024, 8, 4, tzinfo=UTC)


def waits(jitter: float = 0.0) -> list[timedelta]:
    """How long each attempt waits, from the first that fails until the message is dead."""
    now, attempts, found = START, 1, []
    while then := next_attempt(attempts, START, now, jitter):
        found.append(then - now)
        now, attempts = then, attempts + 1
    return found


def test_it_doubles_from_one_minute_to_six_hours() -> None:
    minutes = [wait / timedelta(minutes=1) for wait in waits()]
    assert minutes[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert set(minutes[9:-1]) == {360}


def test_it_gives_up_after_two_days_and_tries_once_at_their_end() -> None:
    assert sum(waits(), timedelta()) == GIVE_UP
    assert next_attempt(20, START, START + GIVE_UP, 0.5) is None


@given(st.integers(1, 10_000), st.floats(0, 1), st.timedeltas(timedelta(), GIVE_UP * 2))
def test_it_never_waits_less_than_a_minute_nor_much_more_than_six_hours(
    attempts: int, jitter: float, since: timedelta
) -> None:
    now = START + since
    then = next_attempt(attempts, START, now, jitter)
    if since >= GIVE_UP:
        assert then is None
    else:
        assert then is not None
        assert min(timedelta(minutes=1), GIVE_UP - since) <= then - now <= LONGEST * 1.2
        assert then <= START + GIVE_UP

"""When a message that was not accepted is tried again, and when it is given up."""

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=6)
GIVE_UP = timedelta(days=2)
SPREAD = 0.2


def next_attempt(attempts: int, first_tried_at: datetime, now: datetime, jitter: float) -> datetime | None:
    """The instant of the next attempt, or None: two days have passed, the message is dead.

    attempts: how many were made, at least 1. jitter: from 0 to 1, spreads what failed together by up
    to a fifth. The last attempt falls at the end of the two days, not short of it.
    """
    doublings = min(max(attempts, 1) - 1, 9)  # 1 minute doubled 9 times is past the longest wait
    wait = min(FIRST * 2**doublings, LONGEST) * (1 + SPREAD * jitter)
    end = first_tried_at + GIVE_UP
    return None if now >= end else min(now + wait, end)

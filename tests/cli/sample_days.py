"""Moments in the days of the sample feeds."""

from datetime import datetime

from watcher.demo.play import PYONGYANG

SATURDAY = datetime(2026, 6, 20, 18, tzinfo=PYONGYANG)
MONDAY = datetime(2026, 6, 22, 9, 30, tzinfo=PYONGYANG)
WEDNESDAY = datetime(2026, 6, 24, 18, tzinfo=PYONGYANG)

import pickle
from datetime import timedelta

import pytest

from watcher.errors import (
    BusyError,
    ConfigError,
    FetchError,
    NotifyError,
    ParseError,
    Problem,
    StoreError,
    WatcherError,
)

EACH = [
    ConfigError([Problem("rules/x.yaml", 3, 1, "wrong"), Problem("config.toml", 0, 0, "odd", warning=True)]),
    FetchError("news", "No answer", status=503, retry_after=timedelta(minutes=2)),
    ParseError("news", "The answer is no feed"),
    NotifyError("mail", "Refused", permanent=True),
    StoreError("The disk is full"),
    BusyError("Process 7 holds the database"),
]


@pytest.mark.parametrize("error", EACH, ids=lambda error: type(error).__name__)
def test_every_error_survives_the_way_out_of_a_worker_process(error: WatcherError):
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)

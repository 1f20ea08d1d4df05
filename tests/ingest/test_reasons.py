import pytest

from watcher.ingest.reasons import why_failed, why_status


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "news.example answered 404 Not Found; check the address of the feed"),
        (
            410,
            "news.example answered 410 Gone: the feed is gone; "
            "it is paused, and asked once a day, until its url is changed",
        ),
        (503, "news.example answered 503 Service Unavailable"),
        (799, "news.example answered 799"),
    ],
)
def test_a_status_is_said_in_words_with_what_to_do(status, words):
    assert why_status(status, "news.example") == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "news.example refused the connection"),
        (ConnectionResetError(104, "Connection reset"), "news.example broke the connection off"),
        (OSError(113, "No route to host"), "news.example could not be reached (No route to host)"),
        (ValueError("odd"), "news.example could not be fetched (odd)"),
        (ValueError(), "news.example could not be fetched (ValueError)"),
    ],
)
def test_a_failure_is_one_short_sentence(error, words):
    assert why_failed(error, "news.example") == words

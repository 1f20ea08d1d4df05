import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from feed_samples import EXPECTED, SOURCE, read, respond

from watcher.errors import ParseError
from watcher.ingest import parse as parsing
from watcher.ingest.parse import PARSE_DEADLINE, PARSE_MEMORY, parse, parse_in, portable
from watcher.workers import MEBIBYTE, Workers


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(1, PARSE_MEMORY)
    yield workers
    workers.close()


def hang(*_: object) -> None:
    time.sleep(600)


def eat(*_: object) -> None:
    bytearray(2 * PARSE_MEMORY)


def test_the_kind_of_the_source_chooses_the_parser():
    assert parse(SOURCE, respond(read("rss092.xml"))).dispatches


def test_an_unknown_kind_is_an_error_that_names_those_there_are():
    with pytest.raises(ParseError, match=r'no kind "sitemap".*: feed'):
        parse(replace(SOURCE, kind="sitemap"), respond(b""))


def test_no_secret_goes_along_to_a_worker():
    secret = replace(SOURCE, headers={"Authorization": "Bearer x"}, proxy="http://u:p@proxy.example/")
    assert portable(secret) == SOURCE


async def test_a_worker_reads_what_is_read_here(workers):
    for name in EXPECTED:
        response = respond(read(name))
        assert await parse_in(workers, SOURCE, response) == parse(SOURCE, response)


async def test_a_worker_reads_only_what_is_new(workers):
    response = respond(read("rss20-full.xml"))
    full = parse(SOURCE, response)
    seen = frozenset(full.marks[1:])
    assert (await parse_in(workers, SOURCE, response, seen)).dispatches == full.dispatches[:1]


async def test_an_answer_that_is_no_feed_is_the_same_error_from_a_worker(workers):
    with pytest.raises(ParseError, match="a web page") as caught:
        await parse_in(workers, SOURCE, respond(read("page.html")))
    assert caught.value.source == SOURCE.name


@pytest.mark.parametrize(
    ("fate", "seconds", "words"), [(hang, 0.2, r"killed after 0\.2 seconds"), (eat, 30, "more memory")]
)
async def test_a_parse_that_hangs_or_eats_memory_is_an_error_like_any_other(
    workers, monkeypatch, fate, seconds, words
):
    monkeypatch.setattr(parsing, "PARSE_DEADLINE", timedelta(seconds=seconds))
    monkeypatch.setattr(parsing, "parse", fate)
    with pytest.raises(ParseError, match=words) as caught:
        await parse_in(workers, SOURCE, respond(b""))
    assert caught.value.source == SOURCE.name
    monkeypatch.undo()
    assert (await parse_in(workers, SOURCE, respond(read("rss092.xml")))).dispatches


async def test_one_bad_parse_does_not_stop_the_others():
    workers = Workers(2, PARSE_MEMORY)
    answers = await asyncio.gather(
        *(
            parse_in(workers, SOURCE, respond(read(name)))
            for name in ("page.html", "rss092.xml", "garbage.bin")
        ),
        return_exceptions=True,
    )
    workers.close()
    assert [isinstance(answer, ParseError) for answer in answers] == [True, False, True]


def test_the_limits_are_those_that_were_promised():
    assert timedelta(seconds=30) == PARSE_DEADLINE
    assert PARSE_MEMORY <= 1024 * MEBIBYTE

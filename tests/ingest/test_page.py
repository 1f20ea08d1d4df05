import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.page import advertised_feeds, is_page

URL = "https://news.example/en/"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html></html>",
        "  <!doctype HTML PUBLIC '-//W3C'>",
        "<html lang=en>",
        '<?xml version="1.0"?>\n<!-- a --> <!-- b -->\n<html xmlns="http://www.w3.org/1999/xhtml">',
    ],
)
def test_a_web_page_is_one(text):
    assert is_page(text)


@pytest.mark.parametrize(
    "text", ["<rss/>", "<?xml version='1.0'?><feed/>", "<!-- <html> --><rss/>", "<htmlish>", ""]
)
def test_a_feed_is_none(text):
    assert not is_page(text)


def test_many_comments_are_read_in_no_time():
    started = time.process_time()
    assert not is_page("<!---->" * 600 + "<rss>")
    assert time.process_time() - started < 1


def test_it_names_the_feeds_of_a_page():
    page = """<head>
        <link rel="alternate" type="application/rss+xml" href="/rss.xml">
        <LINK REL="feed Alternate" TYPE="application/atom+xml; charset=utf-8" HREF=" atom.xml ">
        <link rel="alternate" type="application/rss+xml" href="/rss.xml">
        <link rel="alternate" type="text/html" href="/de">
        <link rel="stylesheet" type="application/rss+xml" href="/s">
        <link rel="alternate" type="application/rss+xml">
        <link rel="alternate" type="application/rss+xml" href="http://[broken">"""
    assert advertised_feeds(page, URL) == ["https://news.example/rss.xml", "https://news.example/en/atom.xml"]


def test_it_names_five_at_most():
    links = "".join(f'<link rel=alternate type="application/rss+xml" href="{number}">' for number in range(9))
    assert len(advertised_feeds(links, URL)) == 5


@pytest.mark.parametrize("part", ["<a ", "<link ", "<!", "<", '<link a="'])
def test_a_hostile_page_takes_no_more_than_a_moment(part):
    started = time.process_time()
    assert advertised_feeds(part * 100_000, URL) == []
    assert time.process_time() - started < 2


@given(st.text(), st.text())
def test_no_page_breaks_it(text, url):
    assert isinstance(is_page(text), bool)
    assert (
        advertised_feeds(f"{text}<link rel=alternate type=application/rss+xml href='{text}'>", url)
        is not None
    )

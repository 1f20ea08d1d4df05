import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.links import canonical, clean_link

BASE = "https://news.example/en/feed.xml"
LINKS = st.from_regex(
    r"https?://[a-z]{1,5}\.example(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9%&=?;#~.-]{0,30})?", fullmatch=True
)


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("https://other.example/1?a=1&b=2#c", "https://other.example/1?a=1&b=2#c"),
        ("/1", "https://news.example/1"),
        ("1", "https://news.example/en/1"),
        ("../1", "https://news.example/1"),
        ("//cdn.example/1", "https://cdn.example/1"),
        ("?id=1", "https://news.example/en/feed.xml?id=1"),
        ("\n https://news.example/1 \t", "https://news.example/1"),
        ("https://ann:secret@news.example/1", "https://news.example/1"),
        ("HTTPS://News.example/1", "https://News.example/1"),
        ("https://뉴스.example/기사", "https://뉴스.example/기사"),
    ],
)
def test_a_link_is_made_absolute(link, absolute):
    assert clean_link(link, BASE) == absolute


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://news.example/",
        "mailto:a@b.example",
        "http://",
        "http:///path",
        "http://[::1",
        "http://news.example:99999/",
        "http://news.example/a b",
        "http://news.example/a\nb",
        "http://news.example/\u202ecod.exe",
        "http://news.example/\ud800",
        "http://news.example/" + "x" * 2000,
    ],
)
def test_what_is_no_link_to_the_web_or_could_mislead_is_dropped(link):
    assert clean_link(link, BASE) == ""


@given(st.text(max_size=60))
def test_a_clean_link_is_clean_already(text):
    cleaned = clean_link(text, BASE)
    assert clean_link(cleaned, BASE) == cleaned
    assert cleaned == "" or cleaned.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "link",
    [
        "http://news.example/a?x=1&y=2",
        "https://www.news.example/a?y=2&x=1",
        "https://news.example:443/a?x=1&y=2#part",
        "http://NEWS.example:80/a?x=1&y=2&utm_source=feed&fbclid=z",
        "https://ann:secret@news.example/a?x=1&y=2&ref_src=rss&gclid=1",
    ],
)
def test_links_to_one_page_are_one(link):
    assert canonical(link) == "news.example/a?x=1&y=2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://news.example/a", "http://news.example/b"),
        ("http://news.example/a?id=1", "http://news.example/a?id=2"),
        ("http://news.example/a", "http://news.example:8080/a"),
        ("http://news.example/A", "http://news.example/a"),
        ("http://a.example/", "http://b.example/"),
    ],
)
def test_links_to_two_pages_are_two(one, other):
    assert canonical(one) != canonical(other)


def test_a_site_and_its_front_page_are_one():
    assert canonical("http://news.example") == canonical("http://news.example/") == "news.example/"


def test_nothing_stays_nothing():
    assert canonical("") == ""


@given(LINKS)
def test_tracking_changes_nothing(link):
    page, hash_, part = link.partition("#")
    tracked = f"{page}{'&' if '?' in page else '?'}utm_medium=x{hash_}{part}"
    assert canonical(tracked) == canonical(link)


@given(st.text() | LINKS.map(lambda link: link + "?" + "a&" * 3000))
def test_no_link_breaks_it(link):
    assert isinstance(canonical(link), str)

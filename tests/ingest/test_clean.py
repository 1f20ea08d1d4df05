import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.clean import BODY_LENGTH, HEADLINE_LENGTH, body_of, has_markup, headline_of, one_line


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One.<br>Two.<br/>Three.", "One.\nTwo.\nThree."),
        ("<div>One.<div>Two.</div></div>Three.", "One.\nTwo.\nThree."),
        ("<ul><li>bread<li>wine</ul>", "bread\nwine"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc"),
        ("<h1>Head</h1>text", "Head\ntext"),
        ("a <b>bold</b> w<i>or</i>d", "a bold word"),
        ("line one\nline two<b></b>", "line one line two"),
        ("<p>a</p>\n\n\n<p> </p><p>&nbsp;</p><p>b</p>", "a\nb"),
        ("3 &lt; 4 &amp; 5 &gt; 4<br>&eacute;&#xe9;", "3 < 4 & 5 > 4\néé"),
        ("<script>alert(1)</script><style>p{}</style>news", "news"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ("<iframe>x</iframe><object>y</object><svg><title>z</title></svg>news", "news"),
        ("<html><head><title>t</title></head><body>news</body></html>", "news"),
        ("<P>UPPER</P><P>CASE", "UPPER\nCASE"),
        ('<img src="x" alt="not text">news', "news"),
        ("&#128;&#x93;", "€“"),
        ("<p>a</b></i>b", "ab"),
        ("", ""),
    ],
)
def test_html_becomes_its_paragraphs(html, text):
    assert body_of(html, html=True) == text


def test_what_is_plain_stays_as_it_is_written():
    assert body_of("a <b> c &amp; d\ne", html=False) == "a <b> c &amp; d\ne"


def test_html_without_a_tag_keeps_its_lines():
    assert body_of("one &amp; two\nthree < four", html=True) == "one & two\nthree < four"


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\ufffe", "\xad"])
@pytest.mark.parametrize("html", [True, False])
def test_what_must_never_be_stored_goes(character, html):
    assert body_of(f"so{character}me", html=html) == "some"
    assert headline_of(f"so{character}me", html=html) == "some"
    assert one_line(f"so{character}me") == "some"


@pytest.mark.parametrize("space", ["\x0c", "\x85", "\u2028", "\xa0", "\t", "\r\n", "\u3000"])
def test_white_space_of_every_kind_ends_up_as_one_space_or_a_new_line(space):
    assert body_of(f"a{space}{space}b", html=False) in ("a b", "a\nb")
    assert headline_of(f"a{space}{space}b", html=False) == "a b"


@given(st.text(), st.booleans())
def test_nothing_unfit_ever_comes_out(text, html):
    body, headline = body_of(text, html=html), headline_of(text, html=html)
    for line in (*body.split("\n"), headline, one_line(text)):
        assert line == line.strip()
        assert line.isprintable() or not any(each < " " or "\x7f" <= each < "\xa0" for each in line)
        line.encode()


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<b", ">", "<br/>", "&lt;", "&", "<!--", "-->", "text ", '"']))
)
def test_no_markup_however_broken_stops_it(parts):
    body_of("".join(parts), html=True)


def test_texts_are_cut_to_what_can_be_kept():
    assert len(body_of("x" * (BODY_LENGTH + 1), html=False)) == BODY_LENGTH
    assert len(headline_of("x" * (HEADLINE_LENGTH + 1), html=False)) == HEADLINE_LENGTH
    assert one_line("abc def", 4) == "abc"


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 300_000,
        "<a " * 300_000,
        "<" * 1_000_000,
        "<table><tr><td>" * 60_000,
        "<b></i>" * 150_000,
        "<svg><p>" * 100_000,
        "<b><i><u></b></i></u>" * 40_000,
        "<b>" * 500 + "<p>x" * 20_000,
        "&" * 1_000_000,
        "<!--" * 200_000,
    ],
    ids=range(10),
)
def test_hostile_html_takes_no_more_than_a_moment(html):
    started = time.process_time()
    body_of(html, html=True)
    has_markup(html)
    assert time.process_time() - started < 5


def test_html_that_nests_deeper_than_any_news_still_gives_its_text():
    assert body_of("<b>" * 2000 + "news", html=True) == "news"


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "a &amp; b", "x<br>y", "&#233;", "&#xe9;", '<a href="x">', "<P>"]
)
def test_markup_in_what_claims_to_be_plain_is_seen(text):
    assert has_markup(text)


@pytest.mark.parametrize("text", ["a < b", "AT&T", "x <y> z", "if a<b", "<unknown>", "R&D; more", ""])
def test_signs_that_only_look_like_markup_are_left_alone(text):
    assert not has_markup(text)


@given(
    st.lists(
        st.sampled_from(
            ["a", "b c", "  ", " ", "\n", "\f", "\r", "\x0b", "\x1c", "\x85", "\xa0", "\u2028", "\xad"]
        )
    )
)
def test_white_space_and_control_characters_go_wherever_they_stand(parts):
    text = "".join(parts)
    kept = "".join(each for each in text if each not in "\x0b\x1c\xad")
    lines = [" ".join(line.split()) for line in kept.splitlines()]
    assert body_of(text, html=False) == "\n".join(line for line in lines if line)

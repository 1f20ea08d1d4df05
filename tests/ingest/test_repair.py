import re
from xml.parsers.expat import ExpatError, ParserCreate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.repair import with_sound_references, without_cut_off_item, without_preamble

FEED = "<rss><channel/></rss>"


def is_well_formed(document: str) -> bool:
    try:
        ParserCreate("utf-8").Parse(document.encode(), True)
    except ExpatError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        FEED,
        f"  \n\t{FEED}",
        f'<?xml version="1.0" encoding="euc-kr"?>{FEED}',
        f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://x.example/rss.dtd">{FEED}',
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y "z"> %y;]>{FEED}',
        f'<!doctype rss [<!ENTITY x "<b>y</b>"><!-- don\'t --><!ELEMENT rss ANY>] >\n{FEED}',
    ],
)
def test_what_belongs_before_a_feed_goes_without_a_word(text):
    assert without_preamble(text) == (FEED, False)


@pytest.mark.parametrize("junk", ["Notice: undefined index\n", "<br />\n<b>Warning</b>: x<br />\n", "\ufffd"])
def test_what_does_not_belong_before_a_feed_goes_and_is_said(junk):
    assert without_preamble(f'{junk}<?xml version="1.0"?>{FEED}') == (FEED, True)


def test_a_doctype_goes_from_behind_comments_and_from_nowhere_else():
    comment = "<!-- <rss> --><?style x?>"
    assert without_preamble(f"{comment}<!DOCTYPE rss>{FEED}") == (comment + FEED, False)
    quoted = "<rss><![CDATA[<!DOCTYPE html>]]></rss>"
    assert without_preamble(quoted) == (quoted, False)


@pytest.mark.parametrize("part", ["<!---->", "<??>", " ", "<!DOCTYPE [", "<!DOCTYPE x [] ", "]"])
def test_an_endless_beginning_is_read_in_no_time(part):
    without_preamble("<!-- -->" + part * 100_000)


def test_control_characters_go_from_everywhere():
    assert without_preamble("\0<rss>\x07\x1b[31m\ufffe</rss>") == ("<rss>[31m</rss>", False)


def test_a_comment_before_the_feed_stays():
    assert without_preamble(f"<!-- made by hand -->{FEED}") == (f"<!-- made by hand -->{FEED}", False)


@pytest.mark.parametrize(
    ("written", "sound"),
    [
        ("a & b", "a &amp; b"),
        ("a&b;", "a&amp;b;"),
        ("&nbsp;&mdash;", "\xa0—"),
        ("&amp;&lt;&gt;&quot;&apos;", "&amp;&lt;&gt;&quot;&apos;"),
        ("&AMP;&LT;", "&amp;&lt;"),
        ("&#65;&#x41;", "&#65;&#x41;"),
        ("&#0;&#x1F;&#xD800;&#xFFFF;&#1114112;", "\ufffd" * 5),
        ("?a=1&copy=2", "?a=1&amp;copy=2"),
        ("<![CDATA[a & b &nbsp;]]>&x", "<![CDATA[a & b &nbsp;]]>&amp;x"),
    ],
)
def test_every_reference_is_put_in_order(written, sound):
    assert with_sound_references(written) == sound


@given(
    st.lists(st.sampled_from(["&", "&amp;", "&#", "&#1;", "&#x", "&eacute;", ";", "x", "<![CDATA[&]]>", " "]))
)
def test_afterwards_it_is_well_formed_and_stays_as_it_is(parts):
    text = with_sound_references(f"<t>{''.join(parts)}</t>")
    assert is_well_formed(text)
    assert with_sound_references(text) == text


def test_sections_that_never_end_are_read_in_no_time():
    assert with_sound_references("<![CDATA[&" * 100_000).startswith("<![CDATA[&")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<rss><item>a</item><item>b", "<rss><item>a</item>"),
        ("<rss><item>a</item><item", "<rss><item>a</item>"),
        ("<feed><entry>a</entry><ENTRY a='b'>b", "<feed><entry>a</entry>"),
        ("<rss><item>a</item></rss>", "<rss><item>a</item></rss>"),
        ("<rss><itemize>", "<rss><itemize>"),
        ("", ""),
    ],
)
def test_an_item_that_breaks_off_goes(text, kept):
    assert without_cut_off_item(text) == kept


@given(st.text(st.sampled_from("<>!?-[]&;\"' xmlrsDOCTYPE\n\0"), max_size=60))
def test_no_beginning_breaks_it(text):
    cleaned, _ = without_preamble(text)
    assert not re.search(r"[\0-\x08]", cleaned)


@given(
    st.text(st.sampled_from("a\t\n\r\x00\x0b\x0c\x1f\x7f\x85\ue000\ufffd\ufffe\uffff\U0001ffff"), max_size=8)
)
def test_characters_that_xml_does_not_know_are_left_out(text):
    kept = "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
    assert without_preamble(f"<rss>{text}</rss>") == (f"<rss>{kept}</rss>", False)

import pytest
from feed_samples import EXPECTED, read
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_feeds import feeds

from watcher.ingest.split import split

ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom">'


def rss(inner: bytes, attributes: bytes = b"") -> bytes:
    return b"<rss" + attributes + b"><channel>" + inner + b"</channel></rss>"


def test_each_item_is_cut_out_with_the_tags_it_stands_under():
    cut = split(rss(b'<title>t</title><item a="1">one</item> <item>two</item >', b' version="2.0"'))
    assert [piece.raw for piece in cut.pieces] == [b'<item a="1">one</item>', b"<item>two</item >"]
    assert cut.pieces[0].document == b'<rss version="2.0"><channel><item a="1">one</item></channel></rss>'


def test_items_beside_their_channel_stand_under_the_root_alone():
    cut = split(b"<rss><channel><title>t</title></channel><item>one</item></rss>")
    assert cut.pieces[0].document == b"<rss><item>one</item></rss>"


def test_what_only_looks_like_an_item_cuts_nothing():
    inner = b"<item><description><![CDATA[</item><item>]]></description><!-- </item> --></item>"
    assert [piece.raw for piece in split(rss(inner)).pieces] == [inner]


def test_a_tag_with_signs_in_its_attributes_is_copied_whole():
    opening = b"<rss xmlns:x='urn:a>b/\"c' title=\"it's > /\">"
    cut = split(opening + b"<channel><item>x</item></channel></rss>")
    assert cut.pieces[0].opening == opening + b"<channel>"
    assert split(cut.pieces[0].document) == cut


@pytest.mark.parametrize(
    ("document", "language"),
    [
        (rss(b"<language> ko </language><item>x</item>"), "ko"),
        (rss(b"<item>x</item><language>ko</language>"), "ko"),
        (rss(b"<item><language>ko</language></item>"), ""),
        (rss(b"", b' xml:lang="de"'), "de"),
        (ATOM.replace(b">", b' xml:lang="fr">') + b"<entry>x</entry></feed>", "fr"),
        (rss(b"<image><language>xx</language></image>"), ""),
        (b"<rss><language>xx</language><channel/></rss>", ""),
    ],
)
def test_it_tells_the_language_of_the_feed(document, language):
    assert split(document).language == language


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"news",
        b"<html/>",
        b"<rss><channel><item>x</channel></rss>",
        rss(b"<item><item>x</item></item>"),
        rss(b"<item><rss>x</rss></item>"),
        rss(b"<list><item>x</item></list>"),
        rss(b"<item/>"),
        rss(b"<item><media:title>x</media:title></item>"),
        rss(b'<item><title media:x="1">x</title></item>'),
        rss(b'<item><q:item xmlns:q="urn:q">x</q:item></item>'),
        rss(b'<q:item xmlns:q="urn:q">x</q:item>'),
        rss(b"<item><textInput/></item>"),
        rss(b"<item>&nbsp;</item>"),
        b"<!DOCTYPE rss>" + rss(b"<item>x</item>"),
    ],
)
def test_a_document_that_raises_doubts_is_not_cut_up(document):
    assert split(document) is None


@pytest.mark.parametrize(
    "inner",
    [
        b"<title>x</title><link href='y'/>",
        b"<author><name>Ann</name><email>a@b.example</email></author>",
        b"<!-- x --><title><![CDATA[<b>]]></title>",
    ],
)
def test_an_item_of_plain_texts_is_plain(inner):
    assert split(rss(b"<item>" + inner + b"</item>")).pieces[0].is_plain


@pytest.mark.parametrize(
    "item",
    [
        b"<item><group><title>x</title></group></item>",
        b"<item><author><q><name>x</name></q></author></item>",
        b'<item xml:base="http://b.example/">x</item>',
        b'<item><title xml:lang="fr">x</title></item>',
        b'<item xmlns:q="urn:q">x</item>',
        b'<item><q:x xmlns:q="urn:q"/></item>',
        b'<item><body xmlns="http://www.w3.org/1999/xhtml">x</body></item>',
    ],
)
def test_an_item_that_could_disturb_its_neighbours_is_not_plain(item):
    cut = split(rss(item + b"<item>x</item>"))
    assert [piece.is_plain for piece in cut.pieces] == [False, True]


@given(feeds())
@settings(deadline=None)
def test_a_piece_is_a_feed_with_that_item_alone(document):
    cut = split(document)
    for piece in cut.pieces if cut else ():
        assert piece.raw in document
        assert [again.raw for again in split(piece.document).pieces] == [piece.raw]


@given(st.binary(max_size=100))
def test_no_bytes_break_it(document):
    assert split(document) is None


def test_most_samples_are_cut_up():
    whole = {name for name in EXPECTED if split(read(name)) is None}
    assert whole.isdisjoint({"rss20-full.xml", "atom10.xml", "rss10.rdf", "rss20-kcna-like.xml", "cdata.xml"})

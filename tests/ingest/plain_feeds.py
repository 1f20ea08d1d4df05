"""Feeds of the usual elements with unusual contents for hypothesis: what may be read without feedparser."""

from xml.sax.saxutils import escape

from hypothesis import strategies as st

_ROOTS = [
    ("<rss{}><channel>", "item", "</channel></rss>"),
    ('<rss version="2.0"{}><channel>', "item", "</channel></rss>"),
    ("<rss{}>", "item", "</rss>"),
    ("<rss{}><channel href='x'>", "item", "</channel></rss>"),
    (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"{}>',
        "item",
        "</rdf:RDF>",
    ),
    (
        '<r:RDF{} xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">',
        "item",
        "</r:RDF>",
    ),
    ('<feed xmlns="http://www.w3.org/2005/Atom"{}>', "entry", "</feed>"),
    ('<feed{} xmlns="http://www.w3.org/2005/Atom">', "entry", "</feed>"),
]
_SPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_OTHER_SPACES = [
    ' xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:content="http://purl.org/dc/elements/1.1/"',
    ' xmlns:dc="http://purl.org/rss/1.0/modules/content/" xmlns:content="http://purl.org/dc/elements/1.1/"',
    ' xmlns:dc="urn:own" xmlns:content="urn:other"',
    _SPACES.replace("purl.org", "PURL.org"),
    _SPACES.replace("elements/1.1/", "terms/"),
]
_OF_ROOT = [
    ' xmlns:a="http://www.w3.org/2005/Atom"',
    ' xmlns:a="HTTP://www.w3.org/2005/atom"',
    ' xmlns:s="http://purl.org/rss/1.0/"',
    ' xmlns:n="http://my.netscape.com/rdf/simple/0.9/"',
    ' xmlns:xlink="http://www.w3.org/1999/xlink"',
    ' xmlns:u="http://backend.userland.com/rss2"',
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"',
    ' xmlns:o="urn:o"',
    ' xml:lang="en_US"',
    ' lang="fr"',
    ' xml:base="http://base.example/d/"',
]
_OF_ITEM = [' xml:lang="fr"', ' href="h"', ' rdf:about="http://m.example/about"', ' xmlns:q="urn:q"']
_NAMES = [
    *("title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate"),
    *("published", "updated", "dc:date", "category", "dc:subject", "author", "dc:creator", "comments"),
]
_STRANGE_NAMES = [
    *("Title", "content:Encoded", "dc:title", "dc:language", "content:item", "issued", "modified", "created"),
    *("body", "fullitem", "enclosure", "source", "image", "tags", "language", "name", "href", "url", "div"),
    *("link:link", "feedburner:origLink", "a:link", "s:title", "slash:comments", "wfw:commentRss", "svg"),
]
_ATTRIBUTES = [
    *('type="html"', 'type="TEXT"', 'type="text/html"', 'type="text/plain"', 'type="xhtml"', 'type=""'),
    *(
        'type="image/png"',
        'type="html "',
        'mode="base64"',
        'src="s"',
        'href="http://m.example/h?a=1&amp;b=2"',
    ),
    *('href="relative"', 'href=""', 'href="http:////m.example/"', 'rel="self"', 'rel="Alternate"', 'rel=""'),
    *('rel="enclosure"', 'url="u"', 'isPermaLink="false"', 'isPermaLink="TRUE"', 'ispermalink="false"'),
    *(
        'term="t"',
        'term=""',
        'label="L"',
        'scheme="s"',
        'domain="d"',
        'title="T"',
        'xml:lang="de"',
        'Type="html"',
    ),
]
_TEXTS = [
    *(
        "",
        " ",
        "plain",
        "&lt;p&gt;marked&lt;/p&gt;",
        "a &lt; b",
        "&lt;b",
        "Tea &amp; cake",
        "&amp;amp;",
        "&amp;eacute;",
    ),
    *(
        "&amp;#8217;",
        "&amp;#99999999999;",
        "&amp;nope;",
        "<![CDATA[<i>set</i>]]>",
        "<![CDATA[]]>",
        "a<!-- c -->b",
    ),
    *(
        "a<?pi x?>b",
        "caf\xc3\xa9",
        "caf\xe9",
        "\xe2\x82\xac",
        "&#150;",
        "\x85",
        "\x93q\x94",
        "\xb0C",
        "\u2019",
        "한국",
    ),
    *(
        "\xa0x\xa0",
        "\u2028",
        "\ufeff",
        "two\nlines",
        "\r\n",
        "base = x",
        "Database=",
        "ann@m.example (Ann)",
        "(Ann)",
    ),
    *(
        "http://m.example/1",
        "HTTP://m.example/1",
        "http:////m.example/2",
        "///x",
        "relative",
        "urn:x",
        "?a=1&amp;b;=2",
    ),
    *(
        "http://m.example/?a&amp;amp;b",
        "http://m.example/&lt;x&gt;",
        "Mon, 05 Aug 2024 08:30:00 GMT",
        "2024-08-05",
    ),
    *(
        "2024-08-05T07:30:00+09:00",
        "2024-99-99T99:99:99Z",
        "99 Xxx 0000 99:99:99 -9999",
        "2024.08.05",
        "Mon, 2006/99/15",
    ),
    *(
        "0000-00-00",
        "aGFsbG8=",
        "<name>Ann</name>",
        "<name>Ann</name><email>a@m.example</email>",
        "<name/>",
        "x<name>y</name>",
    ),
    *(
        "<email>e</email>",
        "<name>A</name><name>B</name>",
        "<uri>u</uri><name>A</name>",
        "<b>deep</b>",
        "<name><b/></name>",
    ),
]

_text = st.one_of(
    st.sampled_from(_TEXTS),
    st.lists(st.sampled_from(_TEXTS), max_size=3).map("".join),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8).map(escape),
)
_attributes = st.lists(
    st.sampled_from(_ATTRIBUTES), max_size=2, unique_by=lambda written: written.partition("=")[0]
).map(lambda chosen: "".join(f" {each}" for each in chosen))


def _rarely(strategy: st.SearchStrategy[str], otherwise: str = "") -> st.SearchStrategy[str]:
    return st.integers(0, 9).flatmap(lambda chance: strategy if chance == 7 else st.just(otherwise))


@st.composite
def _elements(draw) -> str:
    name = draw(st.sampled_from(_STRANGE_NAMES if draw(st.integers(0, 30)) == 17 else _NAMES))
    attributes = draw(_attributes if draw(st.integers(0, 2)) == 1 else st.just(""))
    return f"<{name}{attributes}>{draw(_text)}</{name}>"


@st.composite
def plain_feeds(draw) -> bytes:
    """Feeds of one to three items whose elements are, mostly, those that every feed has."""
    opening, item, closing = draw(st.sampled_from(_ROOTS))
    spaces = draw(_rarely(st.sampled_from(_OTHER_SPACES), _SPACES))
    spaces += draw(_rarely(st.lists(st.sampled_from(_OF_ROOT), max_size=3, unique=True).map("".join)))
    between = draw(st.sampled_from(["", "\n", " x ", "<!-- c -->"]))
    items = [
        f"<{item}{draw(_rarely(st.sampled_from(_OF_ITEM)))}>"
        f"{between.join(draw(st.lists(_elements(), max_size=5)))}</{item}>"
        for _ in range(draw(st.integers(1, 3)))
    ]
    return (opening.format(spaces) + between.join(items) + closing).encode()

"""Feeds of every kind and strangeness for hypothesis, and what feedparser makes of one as a whole."""

from dataclasses import replace

from feed_samples import FEEDS, SOURCE, respond
from hypothesis import strategies as st

from watcher.ingest import feed
from watcher.ingest.charset import decode
from watcher.ingest.repair import with_sound_references, without_preamble
from watcher.ingest.split import split
from watcher.model import Dispatch

_NAMESPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"'
)
_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
_PARTS = [
    "<title>Title {} &amp; more</title>",
    '<title type="html">&lt;b&gt;bold&lt;/b&gt; {}</title>',
    "<title><![CDATA[<i>set</i> {}]]></title>",
    "<title>based {}</title>",
    "<title/>",
    "<link>http://m.example/{}</link>",
    '<link href="relative{}"/>',
    '<link rel="alternate" type="application/pdf" href="paper{}"/>',
    '<link rel="self" href="self{}"/>',
    "<link/>",
    "<guid>http://m.example/guid{}</guid>",
    '<guid isPermaLink="false">g{}</guid>',
    "<guid>relative{}</guid>",
    "<id>urn:{}</id>",
    "<description>Text {} &lt;p&gt;and a paragraph&lt;/p&gt;</description>",
    "<description/>",
    "<summary>Summary {}</summary>",
    '<summary type="html">Summary &lt;p&gt;{}&lt;/p&gt;</summary>',
    f'<content type="xhtml"><div {_XHTML}><p>In XHTML {{}}</p></div></content>',
    '<content type="text">a &lt;i> {}</content>',
    '<content type="application/xml"><q>{}</q></content>',
    '<content type="image/png">aGFsbG8{}</content>',
    "<content:encoded><![CDATA[<p>Whole text {}</p>]]></content:encoded>",
    f"<body {_XHTML}><p>Body {{}}</p></body>",
    "<fullitem>full &lt;b&gt;{}&lt;/b&gt;</fullitem>",
    "<pubDate>Mon, 05 Aug 2024 08:30:0{} GMT</pubDate>",
    "<updated>2024-08-05T00:00:0{}Z</updated>",
    "<published>2024.08.0{}</published>",
    "<dc:date>2024-08-0{}</dc:date>",
    "<category>section {}</category>",
    '<category term="term{}" label="Label"/>',
    "<author>ann{}@m.example (Ann)</author>",
    "<author><name>Ann {}</name><email>ann@m.example</email></author>",
    "<dc:creator>Ben {}</dc:creator>",
    "<media:group><media:title>Clip {}</media:title><media:description>D</media:description></media:group>",
    '<media:content url="clip{}"><media:title>A clip</media:title></media:content>',
    "<image><url>i{}</url><title>Image</title><link>http://i.example/</link></image>",
    '<source url="http://other{}.example/">Other</source>',
    "<source><title>Other {}</title><id>o</id><updated>2020-01-01T00:00:00Z</updated></source>",
    "<textInput><title>Search {}</title><link>http://t.example/</link></textInput>",
    '<x:own xmlns:x="http://x.example/{}">own</x:own>',
    "<undeclared:name>{}</undeclared:name>",
    '<a:item xmlns:a="http://purl.org/rss/1.0/"><title>inside {}</title></a:item>',
    "<entry>{}</entry>",
    "<svg><title>drawing {}</title></svg>",
    '<enclosure url="sound{}" type="audio/mpeg" length="1"/>',
    "<itunes:summary>Heard {}</itunes:summary>",
    "<language>xx{}</language>",
    "<tags>a,b{}</tags>",
    "<!-- {} -->",
    "<?pi {}?>",
    "<div>stray {}</div>",
]
_OF_FEED = [
    "<title>Feed</title>",
    "<link>http://m.example/</link>",
    "<language>en-us</language>",
    "<image><title>Logo</title><url>u</url><link>l</link></image>",
    "<textInput><title>Search</title></textInput>",
    "<author><name>Editor</name></author>",
    "<updated>2024-01-01T00:00:00Z</updated>",
    "<undeclared:name>1</undeclared:name>",
]
_OF_ITEM = ["", "", "", ' xml:base="http://b.example/x/"', ' xml:lang="fr"', ' lang="it"', ' xmlns:q="urn:q"']
_OF_ROOT = ["", "", ' xml:base="http://root.example/d/"', ' xml:lang="de"']
_RDF = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
_ATOM = ' xmlns="http://www.w3.org/2005/Atom"'
_SHELLS = {
    "rss": ('<rss version="2.0"{}><channel>', "item", "</channel></rss>"),
    "rdf": (f"<rdf:RDF{_RDF}{{}}><channel><title>c</title></channel>", "item", "</rdf:RDF>"),
    "atom": (f"<feed{_ATOM}{{}}>", "entry", "</feed>"),
}

_part = st.builds(str.format, st.sampled_from(_PARTS), st.integers(1, 8))
_of_feed = st.lists(st.sampled_from(_OF_FEED), max_size=2).map("".join)


@st.composite
def _items(draw, name: str) -> str:
    tag = name + draw(st.sampled_from(_OF_ITEM))
    return f"<{tag}>{''.join(draw(st.lists(_part, max_size=6)))}</{name}>"


@st.composite
def feeds(draw) -> bytes:
    """Feeds that are well-formed but for a prefix here and there."""
    opening, item, closing = _SHELLS[draw(st.sampled_from(sorted(_SHELLS)))]
    root = _NAMESPACES + draw(st.sampled_from(_OF_ROOT))
    items = draw(st.lists(_items(item), min_size=1, max_size=4))
    inner = "".join(draw(_of_feed) + each for each in items) + draw(_of_feed)
    return (opening.format(root) + inner + closing).encode()


_SAMPLES = [path.read_bytes() for path in sorted(FEEDS.iterdir())]
_SHARDS = (
    "< > & \" ' </item> <item> <!-- --> <![CDATA[ ]]> &amp; &#0; \0 <entry> <? <title> <!DOCTYPE &#xD800;"
)
_BROKEN = [shard.encode() for shard in _SHARDS.split(" ")] + [
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbe",
    b"\r\n",
]


def mutated(body: bytes, random) -> bytes:
    """The body with a few bytes flipped, lost, doubled or put in."""
    changed = bytearray(body or b"x")
    for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
        at = random.randrange(len(changed))
        kind = random.randrange(6)
        if kind == 0:
            changed[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            changed[at] = random.randrange(256)
        elif kind == 2:
            del changed[at : at + random.randrange(1, 40)]
        elif kind == 3:
            changed[at:at] = random.choice(_BROKEN)
        elif kind == 4:
            start = random.randrange(len(changed))
            changed[at:at] = changed[start : start + random.randrange(1, 200)]
        elif random.random() < 0.2:
            del changed[at:]
        changed = changed or bytearray(b"x")
    return bytes(changed)


def damaged(random) -> bytes:
    """One of the samples, mutated."""
    return mutated(random.choice(_SAMPLES), random)


def whole(body: bytes, content_type: str = "") -> list[Dispatch]:
    """The dispatches of a document that is never cut up, without their marks."""
    text, _ = without_preamble(decode(body, content_type)[0])
    if split(text.encode()) is None:
        text = with_sound_references(text)
    listing = feed._whole(text, SOURCE, respond(body, content_type), frozenset(), [])
    return unmarked(listing.dispatches)


def in_pieces(body: bytes) -> bool:
    """Whether a document is cut up to be read."""
    text, _ = without_preamble(decode(body)[0])
    return (split(text.encode()) or split(with_sound_references(text).encode())) is not None


def unmarked(dispatches) -> list[Dispatch]:
    """The dispatches without their marks; those that say the same are one."""
    return list(dict.fromkeys(replace(dispatch, mark="") for dispatch in dispatches))

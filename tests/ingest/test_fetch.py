import asyncio
import base64
import gzip
import ssl
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hostile_server import HostileServer, answer, redirect

from watcher import address
from watcher.errors import FetchError
from watcher.ingest import gate
from watcher.ingest.fetch import LARGEST, Fetcher
from watcher.model import Source

BODY = b"<rss><channel/></rss>"
SELF_SIGNED = Path(__file__).parents[1] / "data" / "self-signed.pem"


def source(url: str, **changes) -> Source:
    plain = Source("news", url, "outlet", allow_private=True, timeout=timedelta(seconds=5))
    return replace(plain, **changes)


async def failure(fetcher: Fetcher, polled: Source) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(polled)
    assert caught.value.source == "news"
    assert "\n" not in str(caught.value)
    return caught.value


async def test_it_brings_the_body_and_what_to_ask_with_next_time(server, fetcher):
    server.routes["/feed"] = answer(
        BODY,
        Content_Type="text/xml; charset=utf-8",
        ETag='W/"1"',
        Last_Modified="Mon, 05 Aug 2024 06:00:00 GMT",
    )
    response = await fetcher.fetch(source(f"{server.url}/feed#part"))
    assert (response.url, response.status, response.body) == (f"{server.url}/feed", 200, BODY)
    assert response.content_type == "text/xml; charset=utf-8"
    assert (response.etag, response.last_modified) == ('W/"1"', "Mon, 05 Aug 2024 06:00:00 GMT")
    assert not response.unchanged
    assert response.moved_to == ""


async def test_it_says_who_it_is_and_what_it_takes(server, fetcher):
    server.routes["/feed"] = answer(BODY)
    await fetcher.fetch(source(f"{server.url}/feed"))
    headers = server.requests[0].headers
    assert headers["user-agent"].startswith("watcher/")
    assert "news feed watcher" in headers["user-agent"]
    assert headers["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in headers


async def test_it_sends_the_sources_own_headers_and_credentials(server, fetcher):
    server.routes["/feed"] = answer(BODY)
    url = server.url.replace("//", "//reader:p%40ss@")
    response = await fetcher.fetch(source(f"{url}/feed", headers={"X-Key": "k", "User-Agent": "mine"}))
    headers = server.requests[0].headers
    assert (headers["x-key"], headers["user-agent"]) == ("k", "mine")
    assert base64.b64decode(headers["authorization"].split()[1]) == b"reader:p@ss"
    assert "reader" not in response.url


async def test_it_keeps_no_cookies(server, fetcher):
    server.routes["/feed"] = answer(BODY, Set_Cookie="a=b")
    for _ in range(2):
        await fetcher.fetch(source(f"{server.url}/feed"))
    assert "cookie" not in server.requests[1].headers


async def test_it_asks_whether_anything_changed(server, fetcher):
    server.routes["/feed"] = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    response = await fetcher.fetch(source(f"{server.url}/feed", etag='"1"', last_modified="yesterday"))
    assert response.unchanged
    assert response.body == b""
    headers = server.requests[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', "yesterday")


async def test_a_304_to_a_question_never_asked_is_a_failure(server, fetcher):
    server.routes["/feed"] = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    assert (await failure(fetcher, source(f"{server.url}/feed"))).status == 304


async def test_an_etag_that_could_break_a_request_is_not_kept(server, fetcher):
    server.routes["/feed"] = answer(BODY, ETag="\u00e9" + "x" * 10, Last_Modified="x" * 2000)
    response = await fetcher.fetch(source(f"{server.url}/feed"))
    assert (response.etag, response.last_modified) == ("", "")


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
async def test_header_values_cannot_smuggle_lines(server, fetcher, value):
    server.routes["/feed"] = answer(BODY)
    assert "line break" in str(await failure(fetcher, source(f"{server.url}/feed", headers={"X-Key": value})))
    await fetcher.fetch(source(f"{server.url}/feed", etag=value, last_modified=value))
    assert "x-evil" not in server.requests[0].headers
    assert "if-none-match" not in server.requests[0].headers


@pytest.mark.parametrize("name", ["X Key", "X\r\n", "", "Content-Length", "transfer-encoding"])
async def test_header_names_cannot_change_the_request(server, fetcher, name):
    assert "header" in str(await failure(fetcher, source(f"{server.url}/feed", headers={name: "1"})))


# --- answers that are no news


@pytest.mark.parametrize(
    ("status", "words"), [("404 Gone Fishing", "404 Not Found"), ("503 X", "503"), ("799 X", "799")]
)
async def test_it_names_the_status(server, fetcher, status, words):
    server.routes["/feed"] = answer(b"", status)
    error = await failure(fetcher, source(f"{server.url}/feed"))
    assert error.status == int(status[:3])
    assert words in str(error)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 05 Aug 2024 06:10:00 GMT", timedelta(minutes=10)),
        ("99999999999999999999", timedelta(days=1)),
        ("Mon, 05 Aug 2030 06:10:00 GMT", timedelta(days=1)),
        ("Mon, 05 Aug 2019 06:10:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_it_says_how_long_the_server_asks_us_to_wait(server, fetcher, value, wait):
    server.routes["/feed"] = answer(
        b"", "429 Too Many Requests", Retry_After=value, Date="Mon, 05 Aug 2024 06:00:00 GMT"
    )
    assert (await failure(fetcher, source(f"{server.url}/feed"))).retry_after == wait


async def test_it_gives_up_at_its_deadline_when_nothing_comes(server, fetcher):
    async def silent(_):
        await asyncio.sleep(2)

    server.routes["/feed"] = silent
    error = await failure(fetcher, source(f"{server.url}/feed", timeout=timedelta(seconds=0.2)))
    assert "no full answer within" in str(error)


async def test_it_gives_up_at_its_deadline_when_bytes_drip(server, fetcher):
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.routes["/feed"] = drip
    started = asyncio.get_running_loop().time()
    await failure(fetcher, source(f"{server.url}/feed", timeout=timedelta(seconds=0.2)))
    assert asyncio.get_running_loop().time() - started < 1


async def test_the_deadline_holds_over_all_redirects_together(server, fetcher):
    def slow(onward):
        async def write(writer):
            await asyncio.sleep(0.15)
            writer.write(redirect(onward))

        return write

    for hop in range(5):
        server.routes[f"/{hop}"] = slow(f"/{hop + 1}")
    await failure(fetcher, source(f"{server.url}/0", timeout=timedelta(seconds=0.3)))
    assert len(server.requests) <= 3


async def test_waiting_for_a_turn_does_not_count_towards_the_deadline(server):
    async def slow(writer):
        await asyncio.sleep(0.15)
        writer.write(answer(BODY))

    server.routes["/feed"] = slow
    async with Fetcher(per_host=1) as one_at_a_time:
        polled = source(f"{server.url}/feed", timeout=timedelta(seconds=0.4))
        responses = await asyncio.gather(*(one_at_a_time.fetch(polled) for _ in range(4)))
    assert len(responses) == 4


async def test_it_visits_a_host_at_most_twice_at_once(server, fetcher):
    async def slow(writer):
        await asyncio.sleep(0.02)
        writer.write(answer(BODY))

    server.routes["/feed"] = slow
    await asyncio.gather(*(fetcher.fetch(source(f"{server.url}/feed")) for _ in range(8)))
    assert server.busiest == 2


async def test_an_endless_body_is_cut_off(server, fetcher):
    sent = 0

    async def endless(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    server.routes["/feed"] = endless
    assert "larger than 10 MiB" in str(await failure(fetcher, source(f"{server.url}/feed")))
    assert sent < 4 * LARGEST


async def test_a_body_that_says_it_is_too_large_is_not_read(server, fetcher):
    server.routes["/feed"] = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGEST + 1}\r\n\r\nx".encode()
    assert "larger than" in str(await failure(fetcher, source(f"{server.url}/feed")))


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", lambda: gzip.compress(bytes(LARGEST + 1))),
        ("gzip, gzip", lambda: gzip.compress(gzip.compress(bytes(8 * LARGEST)))),
        ("deflate, gzip", lambda: gzip.compress(zlib.compress(bytes(8 * LARGEST)))),
        ("gzip", lambda: gzip.compress(bytes(LARGEST // 2)) * 3),
    ],
)
async def test_a_bomb_is_defused(server, fetcher, encoding, bomb):
    server.routes["/feed"] = answer(bomb(), Content_Encoding=encoding)
    assert "larger than" in str(await failure(fetcher, source(f"{server.url}/feed")))


async def test_it_unpacks_what_is_packed(server, fetcher):
    raw = zlib.compressobj(wbits=-15)
    bodies = {
        "gzip": gzip.compress(BODY),
        "x-gzip": gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]) + b"\0\0",
        "deflate": zlib.compress(BODY),
        "Deflate": raw.compress(BODY) + raw.flush(),
        "gzip, deflate": zlib.compress(gzip.compress(BODY)),
        "identity": BODY,
    }
    for encoding, packed in bodies.items():
        server.routes["/feed"] = answer(packed, Content_Encoding=encoding)
        assert (await fetcher.fetch(source(f"{server.url}/feed"))).body == BODY, encoding


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("br", b"x", "'br'"),
        ("gzip, gzip, gzip, gzip", b"x", "4 times"),
        ("gzip", BODY, "not, or is damaged"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-9], "cut off"),
        ("deflate", b"x", "cut off"),
    ],
)
async def test_it_says_what_is_wrong_with_the_packing(server, fetcher, encoding, body, words):
    server.routes["/feed"] = answer(body, Content_Encoding=encoding)
    assert words in str(await failure(fetcher, source(f"{server.url}/feed")))


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    ],
)
async def test_half_an_answer_is_none(server, fetcher, raw):
    server.routes["/feed"] = raw
    assert "cut off" in str(await failure(fetcher, source(f"{server.url}/feed")))


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-OpenSSH\r\n", bytes(range(256)) * 40, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 99999]
)
async def test_an_answer_that_is_not_http_is_a_failure(server, fetcher, raw):
    server.routes["/feed"] = raw
    assert "127.0.0.1" in str(await failure(fetcher, source(f"{server.url}/feed")))


async def test_a_closed_port_refuses(fetcher):
    async with HostileServer() as closed:
        url = closed.url
    assert str(await failure(fetcher, source(url))) == "127.0.0.1 refused the connection"


async def test_a_name_that_does_not_exist_is_said_to_be_unknown(fetcher):
    assert "name nowhere.invalid cannot be found" in str(
        await failure(fetcher, source("http://nowhere.invalid/"))
    )


async def test_a_certificate_nobody_vouches_for_is_refused(fetcher):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(SELF_SIGNED)
    async with HostileServer(tls) as server:
        assert "certificate of 127.0.0.1 cannot be trusted: self" in str(
            await failure(fetcher, source(server.url))
        )
        assert not server.requests


async def test_tls_with_a_server_that_has_none_says_so(fetcher):
    async def plain(_, writer):
        writer.write(answer(b"", "400 Bad Request"))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as plain_server:
        port = plain_server.sockets[0].getsockname()[1]
        assert "does not speak TLS" in str(await failure(fetcher, source(f"https://127.0.0.1:{port}/")))


# --- redirects


async def test_it_follows_five_redirects_and_no_more(server, fetcher):
    for hop in range(6):
        server.routes[f"/{hop}"] = redirect(f"/{hop + 1}")
    server.routes["/6"] = answer(BODY)
    assert (await fetcher.fetch(source(f"{server.url}/1"))).body == BODY
    assert "redirects more than 5 times" in str(await failure(fetcher, source(f"{server.url}/0")))


async def test_a_circle_ends(server, fetcher):
    server.routes["/a"] = redirect("/b")
    server.routes["/b"] = redirect("/a")
    assert "circle" in str(await failure(fetcher, source(f"{server.url}/a")))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("chain", "moved"),
    [
        (["301 X"], True),
        (["308 X", "301 X"], True),
        (["302 X"], False),
        (["301 X", "302 X"], False),
        (["307 X", "301 X"], False),
        ([], False),
    ],
)
async def test_it_reports_a_move_for_good_only_when_every_hop_is(server, fetcher, chain, moved):
    for hop, status in enumerate(chain):
        server.routes[f"/{hop}"] = redirect(f"/{hop + 1}", status)
    end = f"/{len(chain)}"
    server.routes[end] = answer(BODY)
    response = await fetcher.fetch(source(f"{server.url}/0"))
    assert response.moved_to == (server.url + end if moved else "")


async def test_secrets_stay_with_the_servers_own_origin(server, fetcher):
    async with HostileServer() as other:
        server.routes["/feed"] = redirect("/next")
        server.routes["/next"] = redirect(f"{other.url.replace('//', '//a:b@')}/out")
        other.routes["/out"] = redirect(f"{server.url}/back")
        server.routes["/back"] = answer(BODY)
        url = server.url.replace("//", "//reader:secret@")
        await fetcher.fetch(source(f"{url}/feed", headers={"X-Key": "k"}, etag='"1"', last_modified="then"))
        private = {"authorization", "x-key", "if-none-match", "if-modified-since"}
        kept = [private & set(request.headers) for request in (*server.requests, *other.requests)]
    assert kept == [private, private, set(), set()]


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "gopher://x/",
        "javascript:alert(1)",
        "http://[::1",
        "http://x:99999/",
        "data:,x",
    ],
)
async def test_it_follows_to_http_and_https_only(server, fetcher, location):
    server.routes["/feed"] = redirect(location)
    assert "leads to" in str(await failure(fetcher, source(f"{server.url}/feed")))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "example.org/feed", "http:///x", "", "http://[x"]
)
async def test_it_starts_at_http_and_https_only(fetcher, url):
    await failure(fetcher, source(url))


async def test_it_is_not_led_from_https_to_http(server, monkeypatch):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(SELF_SIGNED)
    trusting = ssl.create_default_context(cafile=SELF_SIGNED)
    trusting.check_hostname = False
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    async with HostileServer(tls) as secure, Fetcher() as fetcher:
        secure.routes["/feed"] = redirect(f"{server.url}/feed")
        assert "from https to http" in str(await failure(fetcher, source(f"{secure.url}/feed")))
    assert not server.requests


# --- the address gate


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_it_never_connects_to_this_machine_unless_allowed(server, fetcher, host):
    error = await failure(fetcher, source(f"http://{host}:{server.port}/feed", allow_private=False))
    assert "allow_private" in str(error)
    assert not server.requests


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_no_odd_spelling_leads_to_this_machine(server, fetcher, host):
    await failure(fetcher, source(f"http://{host}:{server.port}/feed", allow_private=False))
    assert not server.requests


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "100.64.1.1", "127.0.0.2", "[::1]"]
)
async def test_the_gate_stands_at_every_hop(server, fetcher, monkeypatch, host):
    only_this = "127.0.0.1"
    monkeypatch.setattr(gate, "forbidden", lambda at: None if at == only_this else address.forbidden(at))
    server.routes["/feed"] = redirect(f"http://{host}:{server.port}/latest/meta-data/")
    error = await failure(fetcher, source(f"{server.url}/feed", allow_private=False))
    assert "not on the internet" in str(error)
    assert len(server.requests) == 1


async def test_a_connection_that_was_allowed_is_not_lent_to_others(server, fetcher):
    server.routes["/feed"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    await fetcher.fetch(source(f"{server.url}/feed"))
    await failure(fetcher, source(f"{server.url}/feed", allow_private=False))


# --- proxies


async def test_it_goes_through_a_proxy(server, fetcher):
    server.routes["http://news.example/feed"] = answer(BODY)
    proxy = server.url.replace("//", "//me:pw@")
    response = await fetcher.fetch(source("http://news.example/feed", proxy=proxy))
    assert response.body == BODY
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert "authorization" not in server.requests[0].headers


async def test_the_gate_holds_for_the_proxy(server, fetcher):
    polled = source("http://news.example/feed", proxy=server.url, allow_private=False)
    assert "proxy" in str(await failure(fetcher, polled))
    assert not server.requests


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "localhost", "[::1]", "169.254.169.254", "a.localhost."]
)
async def test_a_proxy_is_not_asked_for_private_addresses(server, fetcher, monkeypatch, host):
    only_this = "127.0.0.1"
    proxied = source("http://news.example/feed", proxy=server.url, allow_private=False)
    assert gate.refused_host(host.strip("[]"))
    server.routes["http://news.example/feed"] = redirect(f"http://{host}/")
    error = await failure(fetcher, replace(proxied, url=f"http://{host}/"))
    assert "not on the internet" in str(error)
    monkeypatch.setattr(gate, "forbidden", lambda at: None if at == only_this else address.forbidden(at))
    if host not in (only_this, "127.1"):
        assert "not on the internet" in str(await failure(fetcher, proxied))


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "https://proxy.example", "nonsense", "http://[x"]
)
async def test_other_proxies_are_refused_in_words(fetcher, proxy):
    assert "http://" in str(await failure(fetcher, source("http://news.example/", proxy=proxy)))


async def test_a_failure_says_nothing_secret(server, fetcher):
    url = server.url.replace("//", "//reader:hunter2@") + "/feed?token=hunter2"
    assert "hunter2" not in str(await failure(fetcher, source(url)))

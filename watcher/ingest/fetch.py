"""From a source to a response: the only slow part, and the only one that talks to strangers."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from watcher import __version__
from watcher.errors import FetchError
from watcher.ingest.gate import guarded_socket, refused_host
from watcher.ingest.headers import first_headers, header_fault, http_date, retry_after, token
from watcher.ingest.reasons import ALLOW, why_failed, why_status
from watcher.ingest.unpack import PackingError, TooLargeError, Unpacker
from watcher.model import Response, Source
from watcher.times import format_duration

LARGEST = 10 * 1024 * 1024  # bytes of a body, and of every stage of unpacking it
REDIRECTS = 5
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_HEADERS = {
    "User-Agent": f"watcher/{__version__} (news feed watcher)",
    "Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}


class Fetcher:
    """Fetches sources, at most `total` at once and `per_host` from one host.

    A context manager that owns the connections. It follows redirects itself: every hop goes through
    the address gate, and what is secret stays with the source's own scheme, host and port. A redirect
    from https to http is refused.
    """

    def __init__(self, per_host: int = 2, total: int = 20) -> None:
        self._per_host = per_host
        self._places = asyncio.Semaphore(total)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        self._guarded = _session(aiohttp.TCPConnector(limit=0, socket_factory=guarded_socket))
        self._open = _session(aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._guarded.close()
        await self._open.close()

    async def fetch(self, source: Source) -> Response:
        """What the source answers now; FetchError says in words why there is nothing.

        The deadline, `source.timeout`, holds for everything from the first connection to the last
        byte. What we hold already is named in the request, and a 304 comes back without a body.
        """
        visit = _Visit(source)
        try:
            async with asyncio.timeout(None) as deadline:
                return await self._follow(visit, deadline)
        except TimeoutError as error:
            waited = format_duration(source.timeout)
            raise visit.failure(f"{visit.host} gave no full answer within {waited}") from error
        except TooLargeError as error:
            raise visit.failure(f"The answer of {visit.host} is larger than {LARGEST >> 20} MiB") from error
        except PackingError as error:
            raise visit.failure(f"The answer of {visit.host} {error}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise visit.failure(why_failed(error, visit.host, visit.proxy_host)) from error

    async def _follow(self, visit: "_Visit", deadline: asyncio.Timeout) -> Response:
        session = self._open if visit.source.allow_private else self._guarded
        for _ in range(REDIRECTS + 1):
            async with self._turn(visit.host), self._places:  # a slow host fills its own turns only
                if deadline.when() is None:  # waiting for a first turn is not the server's fault
                    now = asyncio.get_running_loop().time()
                    deadline.reschedule(now + visit.source.timeout.total_seconds())
                async with visit.ask(session) as answer:
                    location = answer.headers.get("Location")
                    if answer.status not in _REDIRECTING or not location:
                        return await _read(visit, answer)
            visit.move(answer.status, location)
        raise visit.failure(f"{visit.source_host} redirects more than {REDIRECTS} times, perhaps in a circle")

    def _turn(self, host: str) -> asyncio.Semaphore:
        turn = self._turns.get(host)
        if turn is None:
            turn = self._turns[host] = asyncio.Semaphore(self._per_host)
        return turn


class _Visit:
    """One fetch on its way along redirects: where it is, and what it may still say there."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.host = self.source_host = source.name
        fault = header_fault(source.headers) if source.headers else None
        if fault is not None:
            raise self.failure(fault)
        url = self._checked(source.url, None)
        self.secrets: Mapping[str, str] | None = first_headers(source, url) or None
        self.url = url.with_user(None) if url.user or url.password else url
        self.host = self.source_host = self.url.host or ""
        self.moved_for_good: bool | None = None
        self.proxy = self._proxy()
        self.proxy_host = (self.proxy.host or "") if self.proxy else ""
        self._check_behind_proxy()

    def ask(self, session: aiohttp.ClientSession) -> "aiohttp.client._RequestContextManager":
        """The request at this hop."""
        return session.get(self.url, headers=self.secrets, allow_redirects=False, proxy=self.proxy)

    def move(self, status: int, location: str) -> None:
        """Go where a redirect points; FetchError if we must not."""
        url = self._checked(location, self.url).with_user(None)
        if self.url.scheme == "https" and url.scheme == "http":
            raise self.failure(
                f"{self.host} redirects from https to http, where anyone on the way could change the news;"
                " if that is meant, give the source the http:// address"
            )
        if url.origin() != self.url.origin():
            self.secrets = None
        self.moved_for_good = status in _PERMANENT and self.moved_for_good is not False
        self.url, self.host = url, url.host or ""
        self._check_behind_proxy()

    def failure(self, message: str, answer: aiohttp.ClientResponse | None = None) -> FetchError:
        if answer is None:
            return FetchError(self.source.name, message)
        now = http_date(answer.headers.get("Date", "")) or datetime.now(UTC)
        wait = retry_after(answer.headers.get("Retry-After"), now)
        return FetchError(self.source.name, message, status=answer.status, retry_after=wait)

    def _checked(self, location: str, base: URL | None) -> URL:
        try:
            url = base.join(URL(location.strip())) if base else URL(location.strip())
            port = url.port
        except ValueError as error:
            raise self.failure(f"{self.host} leads to an address that is not a proper URL") from error
        if url.scheme not in ("http", "https"):
            raise self.failure(
                f"{self.host} leads to a {url.scheme or 'relative'} address; only http and https are fetched"
            )
        if not url.host or not port:
            raise self.failure(f"{self.host} leads to an address without a host")
        return url.with_fragment(None)

    def _proxy(self) -> URL | None:
        """The proxy, with its credentials, which aiohttp shows to nobody else."""
        if not self.source.proxy:
            return None
        try:
            url = URL(self.source.proxy)
        except ValueError:
            url = URL()
        if url.scheme != "http" or not url.host:
            raise self.failure(
                "Only proxies at http:// addresses are supported; change proxy, or leave it out"
            )
        return url

    def _check_behind_proxy(self) -> None:
        if self.proxy is None or self.source.allow_private:
            return
        reason = refused_host(self.host)
        if reason is not None:
            raise self.failure(f"{self.host} is {reason}, not on the internet; {ALLOW}")


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        headers=_HEADERS,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
    )


async def _read(visit: _Visit, answer: aiohttp.ClientResponse) -> Response:
    headers = answer.headers
    held = visit.secrets is not None and not visit.secrets.keys().isdisjoint(
        ("If-None-Match", "If-Modified-Since")
    )
    if not (held if answer.status == 304 else 200 <= answer.status < 300):
        raise visit.failure(why_status(answer.status, visit.host), answer)
    return Response(
        url=str(visit.url),
        status=answer.status,
        body=b"" if answer.status == 304 else await _body(answer),
        content_type=headers.get("Content-Type", ""),
        etag=token(headers.get("ETag")),
        last_modified=token(headers.get("Last-Modified")),
        moved_to=str(visit.url) if visit.moved_for_good else "",
    )


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The body as it was before it was packed. Raises TooLargeError as soon as that is certain."""
    if (answer.content_length or 0) > LARGEST:
        raise TooLargeError
    unpacker = Unpacker(", ".join(answer.headers.getall("Content-Encoding", ())), LARGEST)
    pieces, packed, length = [], 0, 0
    async for chunk in answer.content.iter_any():
        packed += len(chunk)
        for piece in unpacker.feed(chunk):
            length += len(piece)
            if max(length, packed) > LARGEST:
                raise TooLargeError
            pieces.append(piece)
        if packed > LARGEST:
            raise TooLargeError
    unpacker.close()
    return b"".join(pieces)

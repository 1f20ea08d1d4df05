"""A raw HTTP server for tests: each path answers with exactly what a test gives it, however wrong."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple, Self

Write = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Request(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A proper answer; `_` in the names of headers stands for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, Location=location)


class HostileServer:
    """Listens on a port of its own at 127.0.0.1. `requests` are those it got, in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, bytes | Write] = {}
        self.requests: list[Request] = []
        self.busiest = self.busy = 0
        self._tls = tls

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self.busy -= 1
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        self.requests.append(Request(method, target, {name.lower(): value for name, value in pairs}))
        route = self.routes.get(target, answer(b"not here", "404 Not Found"))
        if isinstance(route, bytes):
            writer.write(route)
            await writer.drain()
        else:
            await route(writer)

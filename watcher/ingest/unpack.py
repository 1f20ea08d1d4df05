"""Content encodings undone piece by piece, with every stage held to a limit.

A body of 2 kB packed twice can grow to a gigabyte, so each stage counts what it gives out and
stops there, before anything of it is kept.
"""

import zlib
from collections.abc import Iterator

STAGES = 3
_PIECE = 65_536
_MEMBERS = 1_000
_GZIP = 31  # wbits of zlib: 15, with a gzip header
_ZLIB = 15
_RAW = -15
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


class TooLargeError(Exception):
    """A stage gave out more than the limit."""


class PackingError(Exception):
    """The body is not packed the way its server says; the message is for people."""


class Unpacker:
    """Undoes what a Content-Encoding header lists, innermost last.

    Raises PackingError for an encoding that is unknown or too deeply nested.
    """

    def __init__(self, encodings: str, limit: int) -> None:
        names = [name.strip().lower() for name in encodings.split(",")]
        packed = [name for name in names if name not in ("", "identity")]
        unknown = [name for name in packed if name not in _NAMES]
        if unknown:
            raise PackingError(f"is packed as {unknown[0][:40]!r}, which watcher cannot unpack")
        if len(packed) > STAGES:
            raise PackingError(f"is packed {len(packed)} times over, and {STAGES} is the most we unpack")
        self._stages = [_Stage(_NAMES[name], limit) for name in reversed(packed)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What this part of the body unpacks to, in pieces. Raises TooLargeError or PackingError."""
        return self._through(data, 0)

    def close(self) -> None:
        """Say that the body is over; PackingError if a stage waits for more."""
        if any(stage.is_open for stage in self._stages):
            raise PackingError("is cut off in the middle")

    def _through(self, data: bytes, stage: int) -> Iterator[bytes]:
        if stage == len(self._stages):
            yield data
            return
        for piece in self._stages[stage].unpack(data):
            yield from self._through(piece, stage + 1)


class _Stage:
    """One layer of packing."""

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._left = limit
        self._members = 0
        self._start = b""
        self._unpacking = zlib.decompressobj(_GZIP) if name == "gzip" else None
        self.is_open = False

    def unpack(self, data: bytes) -> Iterator[bytes]:
        if self._unpacking is None:
            data = self._start = self._start + data
            if len(data) < 2:
                self.is_open = bool(data)
                return
            self._unpacking = zlib.decompressobj(_ZLIB if _has_zlib_header(data) else _RAW)
        full = False
        while data or full:  # a full piece may leave more of itself inside
            self.is_open = True
            piece, data = self._step(self._unpacking, data)
            full = len(piece) == _PIECE
            if piece:
                yield piece
            if self._unpacking.eof:
                self.is_open = full = False
                data = self._next_member(self._unpacking.unused_data)

    def _step(self, unpacking: "zlib._Decompress", data: bytes) -> tuple[bytes, bytes]:
        try:
            piece = unpacking.decompress(data, _PIECE)
        except zlib.error as error:
            raise PackingError(f"says it is packed with {self._name} and is not, or is damaged") from error
        self._left -= len(piece)
        if self._left < 0:
            raise TooLargeError
        return piece, unpacking.unconsumed_tail

    def _next_member(self, rest: bytes) -> bytes:
        """What follows a finished gzip member, if it is another one; anything else is padding."""
        if self._name != "gzip" or not rest.startswith(b"\x1f\x8b"):
            return b""
        self._members += 1
        if self._members > _MEMBERS:
            raise PackingError(f"is packed in more than {_MEMBERS:,} parts")
        self._unpacking = zlib.decompressobj(_GZIP)
        return rest


def _has_zlib_header(data: bytes) -> bool:
    """Whether "deflate" means the zlib format here, as it should, and not the bare one."""
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.unpack import STAGES, PackingError, TooLargeError, Unpacker

LIMIT = 1_000_000


def unpacked(encodings: str, *chunks: bytes, limit: int = LIMIT) -> bytes:
    unpacker = Unpacker(encodings, limit)
    pieces = [piece for chunk in chunks for piece in unpacker.feed(chunk)]
    unpacker.close()
    return b"".join(pieces)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "Deflate": raw_deflate}


@st.composite
def packed(draw) -> tuple[bytes, str, list[bytes]]:
    """A body, how it is packed, and the packed bytes in chunks of any size."""
    body = draw(st.binary(max_size=300)) * draw(st.sampled_from([1, 1, 700]))
    names = draw(st.lists(st.sampled_from([*PACKERS, "identity", ""]), max_size=STAGES))
    data = body
    for name in names:
        data = PACKERS[name](data) if name in PACKERS else data
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    edges = [0, *cuts, len(data)]
    chunks = [data[start:end] for start, end in pairwise(edges)]
    return body, ", ".join(names), chunks


@given(packed())
def test_whatever_was_packed_comes_out_again_however_it_is_cut_up(given_):
    body, encodings, chunks = given_
    assert unpacked(encodings, *chunks) == body


@given(st.integers(0, 100))
def test_a_file_in_two_parts_is_one_wherever_it_is_cut(cut):
    data = gzip.compress(b"one, ") + gzip.compress(b"two") + b"\0\0\0"
    assert unpacked("gzip", data[:cut], data[cut:]) == b"one, two"


@pytest.mark.parametrize("encodings", ["gzip", "gzip, gzip", "deflate, gzip", "gzip, deflate, gzip"])
def test_every_stage_stops_at_the_limit(encodings):
    data = bytes(50 * LIMIT)
    for name in encodings.split(", "):
        data = PACKERS[name](data)
    with pytest.raises(TooLargeError):
        unpacked(encodings, data)


def test_what_just_fits_is_let_through():
    assert len(unpacked("gzip", gzip.compress(bytes(LIMIT)))) == LIMIT
    with pytest.raises(TooLargeError):
        unpacked("gzip", gzip.compress(bytes(LIMIT + 1)))


@pytest.mark.parametrize("encodings", ["br", "zstd", "gzip, br", "compress", "gzip;q=1"])
def test_an_unknown_packing_is_named(encodings):
    with pytest.raises(PackingError, match="which watcher cannot unpack"):
        Unpacker(encodings, LIMIT)


def test_no_more_than_three_layers_are_undone():
    with pytest.raises(PackingError, match="4 times over"):
        Unpacker(", ".join(["gzip"] * (STAGES + 1)), LIMIT)


@pytest.mark.parametrize("kept", [1, 5, -9, -1])
def test_a_body_that_breaks_off_is_no_body(kept):
    with pytest.raises(PackingError, match="cut off"):
        unpacked("gzip", gzip.compress(b"news")[:kept])


def test_a_damaged_body_is_no_body():
    data = bytearray(gzip.compress(b"news" * 100))
    data[-6] ^= 1
    with pytest.raises(PackingError, match="damaged"):
        unpacked("gzip", bytes(data))


def test_endless_little_parts_are_refused():
    with pytest.raises(PackingError, match="parts"):
        unpacked("gzip", gzip.compress(b"") * 2000)


def test_an_empty_body_is_empty():
    assert unpacked("gzip") == unpacked("deflate", b"") == unpacked("") == b""

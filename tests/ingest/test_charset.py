import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ingest.charset import decode

KOREAN = "전원회의 확대회의 진행"
FRENCH = "Le café ferme – “enfin”"


def declared(encoding: str, text: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?><t>{text}</t>'


@given(st.text().filter(lambda text: not text.startswith("\ufeff")))
def test_utf_8_is_read_as_utf_8_whatever_is_said_of_it(text):
    body = ("x" + text).encode(errors="replace")
    assert decode(body, "text/xml; charset=windows-1252") == (body.decode(), True)


@pytest.mark.parametrize("encoding", ["euc-kr", "cp949", "iso-2022-kr", "johab"])
def test_korean_in_its_old_encodings_is_read(encoding):
    text = declared(encoding, KOREAN)
    assert decode(text.encode(encoding)) == (text, True)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("iso-8859-1", "cp1252"),
        ("windows-1251", "cp1251"),
        ("tis-620", "cp874"),
        ("koi8-r", "koi8-r"),
        ("iso-2022-jp", "iso-2022-jp"),
        ("big5", "big5"),
    ],
)
def test_other_encodings_are_read_by_their_names(name, encoding):
    letters = {"cp1252": FRENCH, "cp1251": "Пленум", "koi8-r": "Пленум", "cp874": "ข่าว"}
    text = declared(name, letters.get(encoding, "東京" if "jp" in encoding or "932" in encoding else "北京"))
    assert decode(text.encode(encoding)) == (text, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding):
    text = declared("iso-8859-1", KOREAN)
    assert decode(text.encode(encoding), "text/xml; charset=ascii") == (text, True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_sixteen_bits_are_seen_without_a_mark(encoding):
    text = declared("utf-16", KOREAN)
    assert decode(text.encode(encoding)) == (text, True)


def test_the_servers_charset_counts_before_the_documents():
    body = declared("koi8-r", "Пленум").encode("cp1251")
    assert "Пленум" in decode(body, 'text/xml; charset="windows-1251"')[0]


@pytest.mark.parametrize("claim", ["", "utf-8", "no-such", "rot13", "hex", "utf-7", "idna", "unicode_escape"])
def test_what_claims_nothing_that_helps_is_windows_1252(claim):
    body = declared(claim, FRENCH).encode("cp1252")
    assert decode(body) == (declared(claim, FRENCH), True)


@pytest.mark.parametrize("claim", ["", "utf-8", "iso-8859-1", "euc-kr"])
def test_a_broken_character_costs_itself_alone(claim):
    whole = declared(claim, KOREAN * 3).encode()
    cut = whole.replace("확".encode(), "확".encode()[:2], 1)
    text, is_readable = decode(cut)
    assert not is_readable
    assert KOREAN in text
    assert "\ufffd" in text


def test_what_fits_nothing_is_read_as_well_as_can_be():
    text, is_readable = decode(declared("euc-kr", KOREAN).encode("euc-kr") + b"\xff")
    assert KOREAN in text
    assert not is_readable


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_bytes_and_no_claim_can_break_it(body, claim):
    text, _ = decode(body, f"text/xml; charset={claim}")
    text.encode()  # no lone surrogates

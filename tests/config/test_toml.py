import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.config.toml import Name, Places, read
from watcher.errors import ConfigError

WRITTEN = '''\
a.b = 1
[x."y.z"] # a "comment [
k = """one # [
two "quoted" """""
l = [ 'a', # ]
  "b]", {q = 1, r = [2, 3]} ]
d = 2024-01-01 10:00:00
[[routes]]
c = 1
[routes.sub]
z = true
[[routes]]
c = \'\'\'x\'\'\'\'
e = {}
"f g" = "\\"="
'''


def places(path: Path, text: str) -> Places:
    path.write_text(text, "utf-8")
    return read(path)[1]


def problem(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read(path)
    return str(caught.value).removeprefix(f"{path}:").strip()


def test_it_knows_where_every_table_and_key_stands(path: Path) -> None:
    assert places(path, WRITTEN) == {
        ("a",): (1, 1),
        ("a", "b"): (1, 1),
        ("x",): (2, 1),
        ("x", "y.z"): (2, 1),
        ("x", "y.z", "k"): (3, 1),
        ("x", "y.z", "l"): (5, 1),
        ("x", "y.z", "l", 0): (5, 7),
        ("x", "y.z", "l", 1): (6, 3),
        ("x", "y.z", "l", 2): (6, 9),
        ("x", "y.z", "l", 2, "q"): (6, 10),
        ("x", "y.z", "l", 2, "r"): (6, 17),
        ("x", "y.z", "l", 2, "r", 0): (6, 22),
        ("x", "y.z", "l", 2, "r", 1): (6, 25),
        ("x", "y.z", "d"): (7, 1),
        ("routes",): (8, 1),
        ("routes", 0): (8, 1),
        ("routes", 0, "c"): (9, 1),
        ("routes", 0, "sub"): (10, 1),
        ("routes", 0, "sub", "z"): (11, 1),
        ("routes", 1): (12, 1),
        ("routes", 1, "c"): (13, 1),
        ("routes", 1, "e"): (14, 1),
        ("routes", 1, "f g"): (15, 1),
    }


KEYS = st.text("ab-._ \"'\\é#[]=\n", min_size=1, max_size=5)
SCALARS = st.one_of(st.booleans(), st.integers(-99, 99), st.text("ab\"'\\#[]{},=\n é", max_size=8))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3))
)


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{as_toml(key)} = {as_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {as_toml(each)}, # ]\n" for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def names(value: Any, name: Name = ()) -> set[Name]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {name} - {()} | {found for key, each in pairs for found in names(each, (*name, key))}


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_it_finds_whatever_tomllib_reads(tmp_path_factory: pytest.TempPathFactory, tables: Any) -> None:
    lines = []
    for table, keys in tables.items():
        lines.append(f"[ {as_toml(table)} ] # a table")
        lines.extend(f"{as_toml(key)}  =  {as_toml(value)}" for key, value in keys.items())
    text = "\n".join(lines)
    path = tmp_path_factory.getbasetemp() / "any.toml"
    assert set(places(path, text)) == names(tomllib.loads(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 15 minutes", '1:8: a line holds one setting, and text stands in quotes: every = "15 minutes"'),
        ("a = yes", '1:5: after "=" comes text in straight quotes'),
        ("\na = “yes”", '; mind that quotes must be straight (")'),
        ("[x\n", "1:3: the bracket of this table's name is not closed"),
        ('a = "x\nb"', "1:7: the quote that opens here is not closed on the same line"),
        ("a\n", '1:2: a setting is written: key = "value"'),
        ("= 3", "1:1: a line is a [table]"),
        ("[a]\n[a]", "2:3: this name is written twice; remove one"),
        ("a = 1\na = 2\n", "2:6: this name is written twice; remove one"),
        ('a = "C:\\x"', "in double quotes a backslash is written twice"),
        ("\na = [1,", "2: the file ends before a bracket or a quote is closed"),
        ("a = " + "[" * 5000, "brackets are nested too deeply in it"),
        ('a = "\x01"', "this is not TOML: "),
        (b"a = 1\nb = 'caf\xe9'", "2: this is not UTF-8 text; save the file in the encoding UTF-8"),
        ("a = 1".encode("utf-16"), "1: this is not UTF-8 text"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_said_in_plain_words_with_its_line(
    path: Path, text: str | bytes, words: str
) -> None:
    assert words in problem(path, text)


def test_windows_line_ends_and_a_byte_order_mark_are_fine(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf# x\r\n[a]\r\nb = """\r\nc"""\r\nd = 1\r\n')
    tables, found = read(path)
    assert tables == {"a": {"b": "c", "d": 1}}
    assert found["a", "d"] == (5, 1)


def test_what_cannot_be_read_says_why(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file; `watcher init` writes a configuration"):
        read(path)
    with pytest.raises(ConfigError, match=r"this is a folder; name the file in it, such as .*/config\.toml"):
        read(path.parent)
    with pytest.raises(ConfigError, match="it cannot be read: Not a directory"):
        read(Path(__file__) / "x")


def test_a_file_that_may_not_be_read_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:  # root, who may run this, reads any file
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match="this user may not read it"):
        read(path)

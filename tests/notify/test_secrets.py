import pytest

from watcher.notify.secrets import redact


@pytest.mark.parametrize(
    ("text", "url", "expected"),
    [
        ("no /pa55word/x on host", "jsons://hook.example/pa55word/x", "no /*** on host"),
        ("login bob / hunter22 failed", "mailtos://bobby:hunter22@mail.example", "login bob / *** failed"),
        ("token a b%20c and a b c", "json://hook.example/?+X=tok%20en", "token a b%20c and a b c"),
        ("tok en, tok%20en", "json://hook.example/?+X=tok%20en", "***, ***"),
        ("ann@desk.example was refused by mail.example", "mailtos://b:secret@mail.example/ann@desk.example",
         "ann@desk.example was refused by mail.example"),
        ("ntfy topic my-topic", "ntfy://my-topic", "ntfy topic ***"),
        ("abc:def p@ss", "json://me:p%40ss@hook.example", "abc:def ***"),
        ("format text", "json://hook.example?format=text", "format text"),
    ],
)  # fmt: skip
def test_the_secrets_of_a_url_are_hidden_in_any_text(text: str, url: str, expected: str) -> None:
    assert redact(text, url) == expected

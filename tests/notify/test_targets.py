import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.errors import NotifyError
from watcher.model import Channel
from watcher.notify.targets import has_secret, private_host, targets

SECRET = "s3cr3tTokenValue42"
LABELS = {
    "mailto://127.0.0.1:2525?from=w@x.example&to=ann@desk.example": "mailto://127.0.0.1 to ann@desk.example",
    f"mailtos://bob:{SECRET}@mail.example:587/ann@desk.example": "mailtos://mail.example to ann@desk.example",
    f"mailto://bob:{SECRET}@gmail.com": "mailto://gmail.com to bob@gmail.com",
    f"json://{SECRET}:{SECRET}@hook.example:8080/{SECRET}?+X-Token={SECRET}&-key={SECRET}": "json://hook.example",
    f"jsons://hook.example/{SECRET}": "jsons://hook.example",
    f"xml://{SECRET}@hook.example": "xml://hook.example",
    f"form://hook.example/?:field={SECRET}": "form://hook.example",
    "slack://bot@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/": "slack",
    "tgram://123456789:abcdefg_hijklmnop/12315544/": "tgram",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord",
    "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord",
    f"gotify://push.example/{SECRET}": "gotify://push.example",
    f"ntfys://{SECRET}@ntfy.example/{SECRET}": "ntfys://ntfy.example",
    f"ntfy://{SECRET}": "ntfy",
    f"notica://{SECRET}": "notica",
    f"matrixs://bob:{SECRET}@matrix.example/#room": "matrixs://matrix.example",
    f"mmosts://{SECRET}@chat.example/3ccdd113474722377935511fc85d3dd4": "mmosts://chat.example",
    f"ircs://bob:{SECRET}@irc.example/#news": "ircs://irc.example",
    "pover://ujsd4jgh3kjgh4kjh3gkj4h3kjhg4k@a5bcdefghijklmnopqrstuvwxyz012": "pover",
}


def refused(*urls: str) -> str:
    with pytest.raises(NotifyError) as caught:
        targets(Channel("desk", urls))
    assert caught.value.permanent
    assert caught.value.channel == "desk"
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("url", "label"), LABELS.items())
def test_a_label_shows_where_it_goes_and_nothing_secret(url: str, label: str) -> None:
    (target,) = targets(Channel("desk", (url,), allow_private=True))
    assert target.label == label
    assert (target.channel, target.url, target.allow_private) == ("desk", url, True)
    assert SECRET not in repr(target)


@given(
    st.text("abcdefgh0123456789", min_size=8, max_size=30).map(lambda text: f"QZ{text}"),
    st.sampled_from(
        [
            "jsons://{0}:{0}@hook.example/{0}/{0}?+{0}={0}&-{0}={0}",
            "mailtos://{0}:{0}@mail.example?to=ann@desk.example&from=w@here.example",
            "xmls://{0}@hook.example/{0}?:{0}={0}",
        ]
    ),
)
@settings(max_examples=30, deadline=None)
def test_no_secret_is_ever_in_a_label(secret: str, url: str) -> None:
    (target,) = targets(Channel("desk", (url.format(secret),)))
    assert secret.lower() not in target.label.lower()


def test_a_key_depends_on_the_url_alone() -> None:
    url = "json://hook.example/1"
    (one,), (other,) = targets(Channel("a", (url,))), targets(Channel("b", (url,), allow_private=True))
    assert one.key == other.key
    assert len(one.key) == 16


def test_equal_labels_are_numbered() -> None:
    found = targets(Channel("desk", ("json://hook.example/1", "json://hook.example/2", "xml://hook.example")))
    assert [target.label for target in found] == [
        "json://hook.example",
        "json://hook.example #2",
        "xml://hook.example",
    ]


def test_an_unknown_service_gets_a_suggestion() -> None:
    assert refused(f"mailot://{SECRET}@x.example") == (
        "channel desk: there is no mailot:// among Apprise's services; did you mean mailto://?"
    )
    assert "cannot be used" in refused(f"https://hook.example/{SECRET}")
    assert "this one has none" in refused(f"ann@desk.example {SECRET}")


def test_a_missing_library_is_named() -> None:
    assert "paho-mqtt" in refused(f"mqtt://bob:{SECRET}@broker.example/topic")


def test_a_url_that_lacks_a_part_says_where_to_read_on() -> None:
    assert "see https://" in refused("slack://abc")
    assert "Token" in refused(f"slack://{SECRET}")


def test_a_dropped_recipient_is_an_error_and_not_a_silence() -> None:
    assert "Dropped invalid" in refused("mailtos://bob@mail.example/ann@desk.example/nobody")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            f"mailtos://bob:{SECRET}@mail.example/ann@desk.example/cy@desk.example",
            "names 2 recipients (a URL is one recipient, so that one failing is not repeated to another); "
            'write a URL for each: urls = ["mailtos://…?to=ann@desk.example", "mailtos://…?to=cy@desk.example"]',
        ),
        (f"mailtos://bob:{SECRET}@mail.example?cc=cy@desk.example", "sends copies by cc= or bcc="),
        (f"mailtos://bob:{SECRET}@mail.example?bcc=cy@desk.example", "sends copies by cc= or bcc="),
        (f"tgram://123456789:{SECRET}/111/222/", "names 2 recipients"),
        (f"ircs://bob:{SECRET}@irc.example/#a/#b", "names 2 recipients"),
        (f"jsons://hook.example/{SECRET}?retry=3", "remove retry="),
        (f"jsons://hook.example/{SECRET}?optional=yes", "says optional=yes"),
        (f"jsons://hook.example/{SECRET}, jsons://hook.example/2", "holds several URLs"),
        (f"xmpp://bob:{SECRET}@chat.example", "write xmpps://"),
    ],
)
def test_a_url_is_a_single_recipient_that_can_be_kept_account_of(url: str, words: str) -> None:
    assert words in refused(url)


def test_the_same_url_twice_is_refused() -> None:
    assert "written twice" in refused("json://hook.example/1", "json://hook.example/1")


@pytest.mark.parametrize(
    "url", [url for url in LABELS if url.count(SECRET) or "/" in url.partition("://")[2][12:]][1:]
)
def test_a_secret_in_a_url_is_noticed(url: str) -> None:
    assert has_secret(url)


@pytest.mark.parametrize(
    "url", ["mailto://127.0.0.1:2525?from=a@b.example&to=c@d.example", "json://hook.example/news"]
)
def test_a_url_without_a_secret_is_not_suspected(url: str) -> None:
    assert not has_secret(url)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("mailto://127.0.0.1:25?from=a@b.example&to=c@d.example", True),
        ("mailto://b.example?from=a@b.example&to=c@d.example&smtp=192.168.1.5", True),
        ("json://localhost/x", True),
        ("json://[::1]:80/x", True),
        ("json://10.1.2.3", True),
        ("json://93.184.216.34", False),
        ("json://hook.example", False),
        ("slack://bot@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", False),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", False),
        ("nonsense", False),
    ],
)
def test_a_private_host_is_noticed_where_it_is_written(url: str, private: bool) -> None:
    assert (private_host(url) is not None) is private


def test_the_door_does_not_import_apprise() -> None:
    code = (
        "import sys, watcher.notify.send, watcher.notify.targets, watcher.notify.compose;"
        "sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

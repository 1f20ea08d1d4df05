import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from html import unescape
from typing import Any

import pytest
from notify_samples import NOW, Mailbox, Webhook, make_alert, make_message
from notify_stand_in import hang_if_told

from watcher.errors import NotifyError
from watcher.model import Message
from watcher.notify import send
from watcher.notify.compose import compose
from watcher.notify.plugin import cut_to_fit, deliver, listening, load
from watcher.notify.send import LEASE, SEND_DEADLINE, START_WITHIN, Sender

Send = Callable[[Message], Awaitable[str]]


async def refusal(sending: Awaitable[str]) -> NotifyError:
    with pytest.raises(NotifyError) as caught:
        await sending
    return caught.value


async def test_mail_arrives_as_it_was_composed_and_again_under_the_same_id(
    sender: Send, mailbox: Mailbox
) -> None:
    message = make_message(
        mailbox.url, title="전원회의 »Held« <b>", body="A <i>body</i> & 석탄\n\nLine :smile: \\n"
    )
    assert await sender(message) == "accepted"
    assert await sender(message) == "accepted"
    assert [letter["Message-ID"] for letter in mailbox.letters] == ["<abc123@watcher>"] * 2
    letter = mailbox.letters[0]
    assert letter["Subject"] == message.title
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines() == message.body.splitlines()
    assert letter["To"] == "ann@desk.example"


async def test_a_composed_alert_arrives_whole_however_long_and_in_any_script(
    sender: Send, mailbox: Mailbox
) -> None:
    headline = "조선로동당 중앙위원회 제8기 제11차전원회의 확대회의 진행 " * 3000
    target = make_message(mailbox.url).target
    message = compose(target, [make_alert(headline=headline, title="새 전원회의")], UTC, NOW)
    assert await sender(message) == "accepted"
    (letter,) = mailbox.letters
    assert letter["Subject"] == message.title
    assert letter.get_content().splitlines() == message.body.splitlines()
    assert letter.get_all("Message-ID") == [message.message_id]
    assert letter["From"] == "watcher@here.example"
    assert letter["Date"].datetime.tzinfo
    (raw,) = mailbox.raw
    assert max(map(len, raw.split(b"\r\n"))) <= 78


async def test_a_mail_of_both_formats_says_the_same_and_nothing_in_it_is_markup(
    sender: Send, mailbox: Mailbox
) -> None:
    message = make_message(f"{mailbox.url}&format=html", body='1 < 2 <script>x\n<a href="x">석탄</a>')
    assert await sender(message) == "accepted"
    plain, html = (part.get_content() for part in mailbox.letters[0].iter_parts())
    assert plain.splitlines() == message.body.splitlines()
    assert "<script" not in html
    assert "<a" not in html
    assert unescape(re.sub("<br */?>", "\n", html)).replace("\xa0", " ").strip() == message.body


async def test_text_is_no_markup_to_a_chat_that_reads_html(webhook: Webhook) -> None:
    plugin: Any = load("tgram://123456789:abcdefg_hijklmnop/12315544/", "desk")
    plugin.notify_url = f"http://127.0.0.1:{webhook.port}/bot"
    body = '1 < 2 & <a href="https://evil.example">here</a> </b> <unknown> »석탄«'
    assert await asyncio.to_thread(deliver, plugin, "T <i>", body)
    (post,) = webhook.posts
    assert post["parse_mode"] == "HTML"
    assert set(re.findall("<[^>]*>", post["text"])) == {"<b>", "</b>"}
    assert unescape(re.sub("</?b>", "", post["text"], count=2)).split() == ["T", "<i>", *body.split()]


async def test_a_refusal_by_smtp_says_why_and_what_was_wrong_is_tried_again(
    sender: Send, mailbox: Mailbox
) -> None:
    mailbox.answer = "451 greylisted, come again"
    error = await refusal(sender(make_message(mailbox.url)))
    assert str(error).startswith("the target did not accept the message: ")
    assert "greylisted" in str(error)
    assert (error.channel, error.permanent) == ("desk", False)
    mailbox.answer = "250 OK"
    assert await sender(make_message(mailbox.url)) == "accepted"


async def test_a_webhook_accepts_refuses_and_redirects(sender: Send, webhook: Webhook) -> None:
    message = make_message(webhook.url("s3cr3tTokenValue42"))
    assert await sender(message) == "accepted"
    assert (webhook.posts[0]["title"], webhook.posts[0]["message"]) == (message.title, message.body)
    webhook.status = 500
    error = await refusal(sender(message))
    assert "error=500" in str(error)
    assert "answer of the server" in str(error)
    assert "s3cr3tTokenValue42" not in str(error)
    webhook.status, webhook.headers = 302, {"Location": "/elsewhere"}
    assert "write the address it leads to" in str(await refusal(sender(message)))
    assert len(webhook.posts) == 3


def test_a_plug_in_that_raises_is_heard() -> None:
    plugin: Any = load("json://hook.example", "desk")
    plugin.send = lambda **_: 1 / 0
    with listening() as heard:
        assert not deliver(plugin, "title", "body")
    assert "division by zero" in heard


async def test_a_forbidden_address_is_not_reached_under_any_name(sender: Send, webhook: Webhook) -> None:
    url = webhook.url("s3cr3tTokenValue42").replace("127.0.0.1", "localhost")
    error = await refusal(sender(make_message(url, allow_private=False)))
    assert "is a private address (loopback); set allow_private = true on channel desk" in str(error)
    assert "s3cr3tTokenValue42" not in str(error)
    assert not error.permanent
    assert webhook.posts == []


async def test_what_can_never_work_is_permanent(sender: Send) -> None:
    assert (await refusal(sender(make_message("nosuch://x")))).permanent


CHATS = [
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "workflows://prod.host.example/abc0123/sig0123",
    "mmosts://chat.example/3ccdd113474722377935511fc85d3dd4",
    "pover://ujsd4jgh3kjgh4kjh3gkj4h3kjhg4k@a5bcdefghijklmnopqrstuvwxyz012",
    "ntfys://ntfy.example/topic",
    "mailto://mail.example?from=a@here.example&to=b@here.example&format=html",
]


@pytest.mark.parametrize("url", CHATS)
@pytest.mark.parametrize("words", ["word ", "<b> & _i_ ", "석탄공업의 생산 "])
def test_a_letter_too_long_for_a_chat_keeps_its_beginning_and_its_end(url: str, words: str) -> None:
    plugin: Any = load(url, "desk")
    sent: list[dict[str, Any]] = []
    plugin.send = lambda **call: not sent.append(call)
    link = "Link: https://kcna.example/1"
    body = cut_to_fit(plugin, url, "A title", f"Beginning\n\n{words * 7000}\n\n{link}\n\nRule: x")
    assert body.startswith("Beginning\n\n")
    assert body.endswith(f"… (shortened) …\n\n{link}\n\nRule: x")
    assert deliver(plugin, "A title", body)
    (call,) = sent
    assert plugin.body_maxlen / 4 < len(call["body"]) <= plugin.body_maxlen
    assert call["body"].rstrip().endswith("x")


def test_a_body_that_fits_or_whose_url_says_how_to_cut_it_is_left_alone() -> None:
    plugin, body = load(CHATS[0], "desk"), "word " * 1000
    assert cut_to_fit(plugin, CHATS[0], "title", "short") == "short"
    assert cut_to_fit(plugin, f"{CHATS[0]}?overflow=split", "title", body) == body


def test_apprise_still_makes_mail_with_what_we_replace() -> None:
    load("json://hook.example", "desk")
    from apprise.plugins.email import base as mail

    for name in ("make_msgid", "Header"):
        assert callable(vars(mail)[name])
        assert name in mail.NotifyEmail.prepare_emails.__code__.co_names


def test_the_lease_outlives_every_send() -> None:
    assert START_WITHIN + SEND_DEADLINE + timedelta(minutes=1) <= LEASE


async def test_a_mail_server_that_never_answers_is_left_at_the_deadline() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    sender = Sender(deadline=timedelta(seconds=2))
    try:
        url = Mailbox(server.sockets[0].getsockname()[1]).url
        error = await refusal(sender(make_message(url)))
    finally:
        sender.close()
        server.close()
    assert str(error) == "the target gave no answer: killed after 2 seconds"
    assert not error.permanent


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "answer", hang_if_told)


@pytest.mark.usefixtures("hanging")
async def test_a_hanging_target_is_killed_at_its_deadline_and_delays_no_other() -> None:
    sender = Sender(deadline=timedelta(seconds=1.5))
    await sender(make_message("b", title="first"))
    stuck = asyncio.create_task(sender(make_message("a", title="hang")))
    assert await sender(make_message("b", title="one")) == "accepted one"
    assert not stuck.done()
    assert str(await refusal(stuck)) == "the target gave no answer: killed after 1.5 seconds"
    assert await sender(make_message("a", title="two")) == "accepted two"
    sender.close()


@pytest.mark.usefixtures("hanging")
async def test_idle_processes_make_room_and_busy_ones_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sender: Any = Sender(most=1)
    for url in ("a", "b"):
        await sender(make_message(url, title="x"))
    assert list(sender._idle) == ["b"]
    monkeypatch.setattr(send, "START_WITHIN", timedelta(seconds=0.05))
    stuck = asyncio.create_task(sender(make_message("b", title="hang")))
    await asyncio.sleep(0)
    assert "no process was free" in str(await refusal(sender(make_message("a", title="x"))))
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    sender.close()

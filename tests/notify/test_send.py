import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from notify_samples import Mailbox, Webhook, make_message
from notify_stand_in import hang_if_told

from watcher.errors import NotifyError
from watcher.model import Message
from watcher.notify import send
from watcher.notify.plugin import cut_to_fit, load
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


async def test_a_forbidden_address_is_not_reached_under_any_name(sender: Send, webhook: Webhook) -> None:
    url = webhook.url("s3cr3tTokenValue42").replace("127.0.0.1", "localhost")
    error = await refusal(sender(make_message(url, allow_private=False)))
    assert "is a private address (loopback); set allow_private = true on channel desk" in str(error)
    assert "s3cr3tTokenValue42" not in str(error)
    assert not error.permanent
    assert webhook.posts == []


async def test_what_can_never_work_is_permanent(sender: Send) -> None:
    assert (await refusal(sender(make_message("nosuch://x")))).permanent


def test_a_body_is_cut_to_what_the_service_takes_unless_the_url_says_how() -> None:
    url = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    plugin, body = load(url, "desk"), "word " * 1000
    cut = cut_to_fit(plugin, url, "title", body)
    assert len(cut) == plugin.body_maxlen
    assert cut.endswith("\n… (shortened)")
    assert cut_to_fit(plugin, url, "title", "short") == "short"
    assert cut_to_fit(plugin, f"{url}?overflow=split", "title", body) == body


def test_apprise_still_asks_make_msgid_for_the_id_of_a_mail() -> None:
    load("json://hook.example", "desk")
    from apprise.plugins.email import base as mail

    assert callable(vars(mail)["make_msgid"])
    assert "make_msgid" in mail.NotifyEmail.prepare_emails.__code__.co_names


def test_the_lease_outlives_every_send() -> None:
    assert START_WITHIN + SEND_DEADLINE + timedelta(minutes=1) <= LEASE


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

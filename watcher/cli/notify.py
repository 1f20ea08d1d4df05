"""`watcher notify`: channels, tried out."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.options import Config, Json, now, settings
from watcher.cli.run import FAILED
from watcher.cli.show import say_json, say_paragraphs
from watcher.errors import ConfigError, NotifyError, Problem
from watcher.times import local

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.model import Channel, Target
    from watcher.notify.send import Sender

_SUBJECT = "watcher: a test"
_BODY = "A test of the channel {channel}: if you can read this, alerts reach you here.\n\nSent: {sent}"


def try_channel(
    channel: Annotated[str, typer.Argument(help="A channel's name.")],
    config: Config = None,
    json: Json = False,
) -> int:
    """Send a test message to every recipient of a channel, and say what each answered."""
    by = settings(config)
    answers = asyncio.run(_try(_channel(by, channel), by))
    if json:
        say_json([{"target": target, "ok": ok, "answer": answer} for target, ok, answer in answers])
    else:
        for target, ok, answer in answers:
            say_paragraphs(f"{target}: {answer}" if ok else answer)
    return 0 if all(ok for _, ok, _ in answers) else FAILED


def _channel(by: "Settings", name: str) -> "Channel":
    if name not in by.channels:
        known = ", ".join(by.channels) or "none"
        raise ConfigError([Problem(str(by.path), 0, 0, f'there is no channel "{name}"; there are: {known}')])
    return by.channels[name]


async def _try(channel: "Channel", by: "Settings") -> list[tuple[str, bool, str]]:
    from watcher.notify.send import Sender
    from watcher.notify.targets import targets

    sender = Sender()
    try:
        return list(await asyncio.gather(*(_send(sender, target, by) for target in targets(channel))))
    finally:
        sender.close()


async def _send(sender: "Sender", target: "Target", by: "Settings") -> tuple[str, bool, str]:
    from watcher.notify.compose import compose_notice

    sent = local(now(), by.timezone)
    message = compose_notice(target, _SUBJECT, _BODY.format(channel=target.channel, sent=sent), now())
    try:
        return target.label, True, await sender(message)
    except NotifyError as error:
        return target.label, False, str(error)

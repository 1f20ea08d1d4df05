"""Real receivers, and the real sender."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiosmtpd.smtp import SMTP
from notify_samples import Mailbox, Webhook, serve_webhook

from watcher.model import Message
from watcher.notify.send import Sender


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with serve_webhook(Webhook()) as served:
        yield served


@pytest.fixture
async def sender() -> AsyncIterator[Callable[[Message], Awaitable[str]]]:
    sender = Sender()
    yield sender
    sender.close()

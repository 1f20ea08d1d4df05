"""Alerts to tell of, and real receivers: an SMTP server and a webhook on loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiohttp import web

from watcher.model import Alert, Dispatch, Event, Evidence, Match, Message, Severity, Surface, Target

NOW = datetime(2024, 8, 3, 21, 0, tzinfo=UTC)
HEADLINE = "2nd Plenary Meeting of 8th WPK Central Committee Held"
BODY = (
    "Pyongyang, August 4 (KCNA) -- The meeting of the C.C., WPK discussed the economy. "
    "Output of coal and iron and steel rose. Nothing else was said.\n\n"
    "Construction of houses goes on."
)


def evidence(text: str, quote: str, name: str, concept: str = "") -> Evidence:
    start = text.index(quote)
    return Evidence(name, quote, start, start + len(quote), concept)


def make_alert(**changes: Any) -> Alert:
    """An alert on a plenary meeting; any field of the alert, its match or its dispatch may differ."""
    surfaces = (
        Surface("kcna-en", "https://kcna.example/1", "Politics", first_seen=NOW, last_seen=NOW),
        Surface("rodong-en", "https://rodong.example/9", first_seen=NOW, last_seen=NOW),
    )
    dispatch: dict[str, Any] = {
        "outlet": "kcna.example",
        "headline": HEADLINE,
        "body": BODY,
        "surfaces": surfaces,
        "day": date(2024, 8, 4),
        "first_seen": NOW,
    }
    match: dict[str, Any] = {
        "rule": "plenary-meeting",
        "rule_version": "3f2a9c81d07e5b64aa",
        "evidence": (
            evidence(HEADLINE, "Plenary Meeting", "headline"),
            evidence(HEADLINE, "WPK Central Committee", "headline"),
            evidence(BODY, "coal", "body", "coal"),
            evidence(BODY, "iron and steel", "body", "metal"),
            evidence(BODY, "Construction", "body", "construction"),
        ),
        "captured": {"session": "2"},
        "error": "",
    }
    alert: dict[str, Any] = {
        "event": Event.NEW,
        "severity": Severity.CRITICAL,
        "title": "New plenary meeting of the WPK Central Committee",
        "why": "The full committee meets a few times a year and sets policy.",
        "created_at": NOW,
    }
    for fields in (dispatch, match, alert):
        fields.update({name: changes.pop(name) for name in tuple(changes) if name in fields})
    return Alert(match=Match(**match), dispatch=Dispatch(**dispatch), **alert, **changes)


def make_message(url: str, *, allow_private: bool = True, **changes: Any) -> Message:
    target = Target("desk", url, "the target", url, allow_private)
    words = {"title": "A title", "body": "A body", "message_id": "<abc123@watcher>"} | changes
    return Message(target=target, **words)


@dataclass
class Mailbox:
    """A real SMTP server and what it received. answer: what it says to DATA."""

    port: int = 0
    answer: str = "250 OK"
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.answer

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=watcher@here.example&to=ann@desk.example"


@dataclass
class Webhook:
    """A real HTTP server and the JSON it was posted. status, headers: what it answers."""

    port: int = 0
    host: str = "127.0.0.1"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.posts.append(json.loads(await request.text() or "{}"))
        return web.Response(status=self.status, headers=self.headers, text="answer of the server")

    def url(self, path: str = "") -> str:
        return f"json://{self.host}:{self.port}/{path}"


@asynccontextmanager
async def serve_webhook(webhook: Webhook) -> AsyncIterator[Webhook]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", webhook.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, webhook.host, 0).start()
    webhook.port = runner.addresses[0][1]
    try:
        yield webhook
    finally:
        await runner.cleanup()

"""What runs in a worker process: hands one message to its plug-in, behind the gate."""

import re
from dataclasses import dataclass, field
from functools import cache

from watcher.address import forbidden
from watcher.errors import NotifyError
from watcher.model import Message, Target
from watcher.notify.gate import Gate
from watcher.notify.plugin import Plugin, cut_to_fit, deliver, listening, load, mail_shaped
from watcher.notify.secrets import redact
from watcher.notify.sendable import line

ACCEPTED = "accepted"
_REDIRECTED = re.compile(r"error=30[12378]\b")
_ANSWER_LIMIT = 500


@dataclass(slots=True)
class Post:
    """The gate of this process, and the plug-ins it has loaded, by target.

    A plug-in keeps the time of its last send and waits for its service's sake: a new one for every
    message would not.
    """

    gate: Gate
    plugins: dict[str, Plugin] = field(default_factory=dict)

    def send(self, message: Message) -> str:
        """Deliver a message, or raise NotifyError with the reason, without secrets."""
        target = message.target
        self.gate.set_for(target.channel, target.allow_private)
        plugin = self._plugin(target)
        body = cut_to_fit(plugin, target.url, message.title, message.body)
        with listening() as heard, mail_shaped(message.message_id):
            try:
                accepted = deliver(plugin, message.title, body)
            except Exception as error:  # noqa: BLE001 - a plug-in of 150, by other hands, failed in its own way
                accepted = False
                heard.append(f"{type(error).__name__}: {error}")
        if not accepted:
            raise NotifyError(target.channel, self._refused(target, heard))
        return ACCEPTED

    def _plugin(self, target: Target) -> Plugin:
        if target.key not in self.plugins:
            self.plugins[target.key] = load(target.url, target.channel)
        return self.plugins[target.key]

    def _refused(self, target: Target, heard: list[str]) -> str:
        """Why a message was not accepted, as a sentence."""
        if self.gate.refusal:
            return f"{target.label} was not reached: {self.gate.refusal}"
        why = redact("; ".join(heard), target.url) or "it gave no reason"
        if _REDIRECTED.search(why):
            why += "; the server redirects: write the address it leads to in the channel's URL"
        return f"{target.label} did not accept the message: {line(why, _ANSWER_LIMIT)}"


@cache
def post_office() -> Post:
    """The post of this process, made at its first message.

    The one thing kept between calls: a worker process has no other place for what must outlive a call.
    """
    gate = Gate(forbidden)
    gate.install()
    return Post(gate)

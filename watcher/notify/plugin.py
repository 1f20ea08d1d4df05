"""Apprise: a plug-in for a URL, and what it says. The one file that imports Apprise, when called.

The import and the search for its 150 plug-ins take most of a second, which `--help` must not pay.
"""

import difflib
import logging
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from email.header import Header
from typing import Any, Protocol, cast

from watcher.errors import NotifyError
from watcher.notify.secrets import redact
from watcher.notify.sendable import without_middle

_DETAILS = ("Socket Exception: ", "Notification Exception: ", "Response Details:")
_REASON_LIMIT = 600
_AROUND_TITLE = 40  # what is written around a title that shares the room of the body
_SHORTEST = 100
NATIVE = frozenset({"http", "https"})  # a service's own address of a webhook, which its plug-in may know
PATIENCE = 30.0  # seconds; less than the deadline of a send


class Plugin(Protocol):
    """What we use of Apprise's NotifyBase: one destination, as its URL describes it."""

    schema: str
    host: str
    optional: bool
    retry: int
    body_maxlen: int
    title_maxlen: int
    request_rate_per_sec: float
    socket_read_timeout: float
    socket_connect_timeout: float
    overflow_mode: Any
    overflow_amalgamate_title: bool
    template_tokens: dict[str, dict[str, Any]]

    def __len__(self) -> int: ...
    def url(self, privacy: bool = False) -> str: ...
    def resolve_format(self, body_format: Any) -> Any: ...


def load(url: str, channel: str) -> Plugin:
    """The plug-in for a URL. Raises a permanent NotifyError, without secrets, when there is none."""
    from apprise import Apprise

    schema = schema_of(url)
    fault = _unknown(schema) or _unavailable(schema)
    if fault:
        raise NotifyError(channel, f"channel {channel}: {fault}", permanent=True)
    with listening() as heard:
        plugin = Apprise.instantiate(url, asset=_asset())
    if plugin is None or heard:
        why = redact("; ".join(heard), url) or "it lacks a part that it needs"
        text = f"channel {channel}: the {schema}:// URL cannot be used: {why}; see {_manual(schema)}"
        raise NotifyError(channel, text, permanent=True)
    loaded = cast("Plugin", plugin)
    _make_patient(loaded, url)
    return loaded


def is_mail(plugin: Plugin) -> bool:
    """Does it speak SMTP?"""
    from apprise.plugins.email.base import NotifyEmail

    return isinstance(plugin, NotifyEmail)


def schema_of(url: str) -> str:
    """The schema of a URL, in small letters; empty if it has none."""
    schema, separator, _ = url.strip().partition("://")
    return schema.lower() if separator else ""


@contextmanager
def listening() -> Iterator[list[str]]:
    """What Apprise warns of in the block, and the causes it tells; it reaches no other log meanwhile."""
    logger = logging.getLogger("apprise")
    heard: list[str] = []
    ear = _Ear(heard)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)  # causes are told at this level only
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
        logger.propagate = propagate


@contextmanager
def mail_shaped(message_id: str) -> Iterator[None]:
    """E-mail made in the block bears this Message-ID, and its headers are folded.

    Apprise has no setting for either. It asks `make_msgid` for a fresh id with every mail, and a header of
    ours would only be a second one; it writes a `Header` on one line, and one of 110 Korean letters is
    longer than SMTP lets a line be. So those two names are what is replaced, in its module alone.
    """
    from apprise.plugins.email import base

    module = cast("Any", base)
    make_msgid, header = module.make_msgid, module.Header
    module.make_msgid = lambda *_, **__: message_id
    module.Header = _folded
    try:
        yield
    finally:
        module.make_msgid, module.Header = make_msgid, header


def _folded(text: str, charset: str | None = None) -> str:
    return Header(text, charset, header_name="X-Application").encode()  # the longest name there is


def deliver(plugin: Plugin, title: str, body: str) -> bool:
    """Hand plain text to a plug-in, once, in this thread; False if it was not accepted.

    Through an Apprise object of its own: handed over directly, text that looks like HTML is HTML to some.
    """
    from apprise import Apprise, NotifyFormat, NotifyType

    alone = Apprise(cast("Any", plugin), asset=_asset())
    text = NotifyFormat.TEXT
    return bool(alone.notify(title=title, body=body, notify_type=NotifyType.INFO, body_format=text))


def cut_to_fit(plugin: Plugin, url: str, title: str, body: str) -> str:
    """The body as long as this plug-in may send it; unless the URL settles it by `overflow=`.

    Apprise hands over any length, and the service refuses what is too long, at every attempt. What
    counts is the length as HTML or Markdown where the service takes that, and some count the title too.
    """
    from apprise import NotifyFormat, OverflowMode, conversion

    if "overflow=" in url:
        return body
    plugin.overflow_mode = OverflowMode.TRUNCATE
    convert: Any = conversion.convert_between
    taken = plugin.resolve_format(NotifyFormat.TEXT)

    def size(text: str) -> int:
        return len(convert(NotifyFormat.TEXT, taken, text))

    shares = plugin.title_maxlen <= 0 or plugin.overflow_amalgamate_title
    room = plugin.body_maxlen - (size(title) + _AROUND_TITLE if shares else 0)
    cut, limit = body, len(body)
    while size(cut) > room and limit > _SHORTEST:
        limit = min(limit - 10, limit * room // size(cut))
        cut = without_middle(body, limit)
    return cut


class _Ear(logging.Handler):
    """Keeps warnings, and of the rest the lines that name a cause."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        warned = logging.WARNING <= record.levelno <= logging.ERROR
        if text.startswith(("Could not load", "Unparseable", "Unsupported URL")):
            return  # says no more than that, and repeats the URL
        if warned or text.startswith(_DETAILS):
            for prefix in _DETAILS:
                text = text.removeprefix(prefix)
            words = " ".join(text.split())[:_REASON_LIMIT].rstrip(".")
            if words and words not in self._heard:
                self._heard.append(words)


def _make_patient(plugin: Plugin, url: str) -> None:
    """Wait longer for an answer than Apprise's 4 seconds: an answer given up is a message sent twice."""
    mail = is_mail(plugin)
    if "rto=" not in url:
        plugin.socket_read_timeout = PATIENCE
    if "cto=" not in url and mail:
        plugin.socket_connect_timeout = PATIENCE  # to SMTP this is the limit of every step
    if mail:
        plugin.request_rate_per_sec = 0  # its 5.5 seconds between two sends are meant for chats


def _asset() -> Any:
    """Apprise's settings: retries, storage, threads, deadlines, redirects and keys are not its business.

    Redirects are not followed because a 302 turns the message into a GET that the server answers 200.
    """
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="watcher",
        app_desc="watcher",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        default_service_retry=0,
        http_redirects=False,
        interpret_emojis=False,
        storage_mode="memory",
        service_timeout=0,
        pgp_autogen=False,
        pem_autogen=False,
        language="en",
        allow_templates=False,
    )


def _plugins() -> Any:
    """Apprise's table of plug-ins by schema, loaded."""
    from apprise.manager_plugins import NotificationManager

    make: Any = NotificationManager
    manager = make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what its plug-ins import is theirs to renew
        manager.load_modules()
    return manager


def _unknown(schema: str) -> str:
    """What is wrong with a schema that no plug-in answers to, or empty."""
    if schema in NATIVE:
        return ""
    if not schema:
        return "a URL begins with a schema such as mailto:// or slack://, and this one has none"
    known: Collection[str] = _plugins().schemas()
    if schema in known:
        return ""
    alike = difflib.get_close_matches(schema, known, n=1)
    hint = (
        f"did you mean {alike[0]}://?" if alike else "see https://appriseit.com/services/ for what there is"
    )
    return f"there is no {schema}:// among Apprise's services; {hint}"


def _unavailable(schema: str) -> str:
    """Why a plug-in cannot work on this machine, or empty."""
    if schema == "xmpp":
        return "xmpp:// reports success even when the server refuses the password; write xmpps://"
    found = None if schema in NATIVE else _plugins()[schema]
    if found is None or found.enabled:
        return ""
    needed = found.requirements.get("packages_required") or []
    names = " ".join([needed] if isinstance(needed, str) else needed)
    return f"{schema}:// " + (
        f"needs a library that is not installed; install it with: pip install '{names}'"
        if names
        else "does not work on this machine; use another service"
    )


def _manual(schema: str) -> str:
    return (schema not in NATIVE and _plugins()[schema].setup_url) or "https://appriseit.com/services/"

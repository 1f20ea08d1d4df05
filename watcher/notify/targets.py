"""The recipients of a channel: each of its URLs is one, with a label that is fit to be shown."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from watcher.address import forbidden
from watcher.errors import NotifyError
from watcher.model import Channel, Target
from watcher.notify.gate import is_literal
from watcher.notify.plugin import NATIVE, Plugin, is_mail, load, schema_of
from watcher.notify.secrets import looks_secret

_EACH_ONE_URL = "a URL is one recipient, so that one failing is not repeated to another"


def targets(channel: Channel) -> tuple[Target, ...]:
    """One target for each URL of the channel. Raises a permanent NotifyError for a URL that cannot be one.

    Loads each URL, which imports Apprise; sends nothing and connects nowhere.
    """
    _refuse_repeated(channel)
    plugins = [_single(url, channel.name) for url in channel.urls]
    labels = _distinct([_label(*each) for each in zip(channel.urls, plugins, strict=True)])
    return tuple(
        Target(channel.name, key_of(url), label, url, channel.allow_private)
        for url, label in zip(channel.urls, labels, strict=True)
    )


def key_of(url: str) -> str:
    """The name of a target in the database: a hash of its URL."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def has_secret(url: str) -> bool:
    """Does the URL carry a secret, so that a file holding it must be readable by its owner only?

    A URL that cannot be loaded counts as one that does.
    """
    if looks_secret(url):
        return True
    try:
        plugin = load(url, "")
    except NotifyError:
        return True
    return plugin.url(privacy=True) != plugin.url(privacy=False)


def private_host(url: str) -> str | None:
    """What is private about the host that is literally in the URL, or None; never asks DNS.

    A channel with such a URL needs allow_private = true. None too for a URL that cannot be loaded.
    """
    try:
        plugin = load(url, "")
    except NotifyError:
        return None
    host = str(getattr(plugin, "smtp_host", "") or plugin.host or "").strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return f"{host} is this machine"
    reason = forbidden(host) if is_literal(host) else None
    return f"{host} is a private address ({reason})" if reason else None


def _refuse_repeated(channel: Channel) -> None:
    for url, count in Counter(channel.urls).items():
        if count > 1:
            text = f"channel {channel.name}: the same {schema_of(url)}:// URL is written twice; remove one"
            raise NotifyError(channel.name, text, permanent=True)


def _single(url: str, channel: str) -> Plugin:
    """The plug-in for a URL, if it is a single recipient that we can keep account of."""
    plugin = load(url, channel)
    fault = next(_faults(plugin, url), "")
    if fault:
        raise NotifyError(channel, f"channel {channel}: the {schema_of(url)}:// URL {fault}", permanent=True)
    return plugin


def _faults(plugin: Plugin, url: str) -> Iterator[str]:
    if plugin.retry:
        yield "asks for retry=, but watcher retries by itself, for two days; remove retry= from it"
    if plugin.optional:
        yield "says optional=yes, which would report success for what was never delivered; remove it"
    if url.count("://") > 1 and any(mark in url for mark in (", ", " ", ",")):
        yield f'holds several URLs ({_EACH_ONE_URL}); write them apart: urls = ["…", "…"]'
    if getattr(plugin, "cc", None) or getattr(plugin, "bcc", None):
        yield f'sends copies by cc= or bcc= ({_EACH_ONE_URL}); write a URL for each: urls = ["…", "…"]'
    count = _count(plugin)
    if count != 1:
        yield (f"names {count or 'no'} recipients ({_EACH_ONE_URL}); {_way_to_write(plugin, url)}")


def _count(plugin: Plugin) -> int:
    """How many recipients it has: some plug-ins count a batch, or all their rooms, as one."""
    listed = [getattr(plugin, name, None) for name in ("targets", "channels", "rooms", "users")]
    targets, *rooms = [len(each) if isinstance(each, list | tuple | set | dict) else 0 for each in listed]
    return max(len(plugin), targets, sum(rooms)) if len(plugin) else 0


def _way_to_write(plugin: Plugin, url: str) -> str:
    if not is_mail(plugin):
        return 'write a URL for each: urls = ["…", "…"]'
    addresses = [address for _, address in getattr(plugin, "targets", ())]
    written = ", ".join(f'"{schema_of(url)}://…?to={address}"' for address in addresses[:3])
    return f"write a URL for each: urls = [{written}{', …' if len(addresses) > 3 else ''}]"


def _label(url: str, plugin: Plugin) -> str:
    """Schema and host; for mail the recipient too. A host that is a token or a topic is left out."""
    host = _shown_host(plugin)
    schema = plugin.schema if schema_of(url) in NATIVE else schema_of(url)
    label = f"{schema}://{host}" if host else schema
    if is_mail(plugin):
        label += f" to {getattr(plugin, 'targets', [('', '')])[0][1]}"
    return label


def _shown_host(plugin: Plugin) -> str:
    """The host, if it is one to this plug-in, and to Apprise's own eyes no secret."""
    host = plugin.host or ""
    token = plugin.template_tokens.get("host")
    is_name = "." in host or ":" in host or host == "localhost"
    if not token or token.get("private") or not is_name:
        return ""
    shown = urlsplit(plugin.url(privacy=True)).netloc.rpartition("@")[2]
    return host if shown.lower().strip("[]").startswith(host.lower().strip("[]")) else ""


def _distinct(labels: list[str]) -> list[str]:
    """The labels, with " #2" and so on after those that came before."""
    seen: Counter[str] = Counter()
    numbered = []
    for label in labels:
        seen[label] += 1
        numbered.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return numbered

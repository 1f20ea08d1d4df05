"""Why a fetch failed, in a sentence for people."""

import re
import ssl
from http import HTTPStatus

import aiohttp

from watcher.ingest.gate import REFUSED, ForbiddenAddressError

_OPENSSL_NOISE = re.compile(r"\s*\(_ssl\.c:\d+\)|\[[A-Z0-9_: ]+\]\s*")


def why_failed(error: Exception, host: str, proxy: str = "") -> str:
    """The reason of a failure to reach `host`, through `proxy` (its host) if that is not empty."""
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words(error, proxy if isinstance(error, aiohttp.ClientProxyConnectionError) else host)
    return f"{host} could not be fetched ({_short(error)})"


def why_status(status: int, host: str) -> str:
    """What a status that brings no feed means: "example.org answered 404 Not Found"."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return f"{host} answered {status}{phrase}{_ADVICE.get(status, '')}"


_ADVICE = {
    401: "; give the source a user name and password, or headers",
    403: "; it may want other headers, or no watchers at all",
    404: "; check the address of the feed",
    407: "; give the proxy a user name and password",
    410: ": the feed is gone; it is paused, and asked once a day, until its url is changed",
    429: ": it is asked too often",
}


def _connecting(error: Exception, host: str) -> str:
    """Failures on the way to a connection."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ForbiddenAddressError):
        return f"{host} leads to an address that is not on the internet: {cause.detail}; {ALLOW}"
    if REFUSED in str(cause):
        return (
            f"{host} leads to an address that is not on the internet, and is out of reach elsewhere; {ALLOW}"
        )
    if isinstance(cause, ConnectionRefusedError):
        return f"{host} refused the connection"
    if isinstance(cause, ConnectionResetError):
        return f"{host} broke the connection off"
    return f"{host} could not be reached ({_short(cause)})"


ALLOW = "set allow_private = true on the source if that is meant"


def _certificate(error: Exception, host: str) -> str:
    cause = getattr(error, "certificate_error", error)
    reason = getattr(cause, "verify_message", "") or _short(cause)
    return f"The TLS certificate of {host} cannot be trusted: {reason}"


def _tls(error: Exception, host: str) -> str:
    cause = getattr(error, "os_error", error)
    reason = (getattr(cause, "reason", None) or _short(cause)).replace("_", " ").lower()
    return f"{host} does not speak TLS as it should ({reason}); check https:// in its address"


def _short(error: BaseException) -> str:
    """The library's words without its noise, on one short line."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _OPENSSL_NOISE.sub("", " ".join(str(words).split()))[:160]


# the first kind that fits: the special ones before those they derive from
_REASONS = (
    (
        aiohttp.ClientConnectorDNSError,
        lambda _, host: f"The name {host} cannot be found; check the address, or the DNS of this machine",
    ),
    (
        aiohttp.ClientProxyConnectionError,
        lambda error, host: f"The proxy is out of reach: {_connecting(error, host)}",
    ),
    (
        aiohttp.ClientHttpProxyError,
        lambda error, host: f"The proxy will not connect to {host}: it answered {error.status}",
    ),
    (aiohttp.ClientConnectorCertificateError, _certificate),
    (aiohttp.ClientConnectorSSLError, _tls),
    (ssl.SSLError, _tls),
    (aiohttp.ClientConnectorError, _connecting),
    (aiohttp.ServerDisconnectedError, lambda _, host: f"{host} closed the connection without an answer"),
    (aiohttp.ClientPayloadError, lambda _, host: f"The answer of {host} was cut off in the middle"),
    (
        aiohttp.ClientResponseError,
        lambda error, host: f"{host} does not answer in proper HTTP ({_short_response(error)})",
    ),
    (aiohttp.InvalidURL, lambda _, host: f"The address of {host} is not a proper URL"),
    (OSError, _connecting),
)


def _short_response(error: Exception) -> str:
    return " ".join(str(getattr(error, "message", "")).split())[:160]

"""The address gate of fetching: a socket to a forbidden address is never made.

It stands behind DNS, on every connection and every hop, whatever name or number led there.
"""

import socket

from aiohttp.connector import AddrInfoType

from watcher.address import forbidden

REFUSED = "refused by the address gate"


class ForbiddenAddressError(OSError):
    """An address that a source may not lead to. `detail` names it.

    Its text is the same for every address, so that a name with several of them fails as one.
    """

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(REFUSED)


def guarded_socket(address: AddrInfoType) -> socket.socket:
    """A socket for this address, as aiohttp asks for one; ForbiddenAddressError if it is private."""
    family, kind, protocol, _, place = address
    host = str(place[0])
    reason = forbidden(host)
    if reason is not None:
        raise ForbiddenAddressError(f"{host} is {reason}")
    return socket.socket(family=family, type=kind, proto=protocol)


def refused_host(host: str) -> str | None:
    """Why a host is refused by its spelling alone, for when a proxy looks it up instead of us."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return "loopback"
    if ":" in name:
        return forbidden(name)
    try:
        return forbidden(socket.inet_ntoa(socket.inet_aton(name)))  # 127.1 and 0x7f000001 too
    except OSError:
        return None

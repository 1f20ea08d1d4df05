"""Keeps forbidden addresses out of reach of a whole worker process.

Whatever a plug-in, a DNS answer or a redirect does, it ends in a connect or a datagram, and the
interpreter announces those to its audit hooks first. What C libraries send by themselves is not
announced, and passes; behind a proxy only the proxy is seen.
"""

import errno
import socket
import sys
from collections.abc import Callable

_WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class Gate:
    """Lets through what `forbidden` finds no fault with, or everything while it is open to private.

    `refusal` says what was refused since the gate was last set, or is empty.
    """

    def __init__(self, forbidden: Callable[[str], str | None]) -> None:
        self._forbidden = forbidden
        self._allow_private = False
        self._advice = ""
        self.refusal = ""

    def install(self) -> None:
        """Watch every socket of this process from now on: an audit hook can never be removed."""
        sys.addaudithook(self._audit)

    def set_for(self, channel: str, allow_private: bool) -> None:
        """Go by what this channel allows, until set for another."""
        self._allow_private = allow_private
        self._advice = f"set allow_private = true on channel {channel} to allow it"
        self.refusal = ""

    def _audit(self, event: str, args: tuple[object, ...]) -> None:
        if event not in _WATCHED or self._allow_private:
            return
        fault = self._fault(args[0], args[1])
        if fault:
            self.refusal = f"{fault}; {self._advice}"
            raise PermissionError(errno.EACCES, self.refusal)

    def _fault(self, sock: object, address: object) -> str:
        """Why this address is refused, or empty. A socket already connected sends without one."""
        if address is None:
            return ""
        family = getattr(sock, "family", None)
        if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            return "It is a socket of this machine, not an address of the internet"
        host = str(address[0]).split("%", 1)[0]
        if not is_literal(host):
            return f"{host} is reached by name and cannot be checked"
        reason = self._forbidden(host)
        return f"{host} is a private address ({reason})" if reason else ""


def is_literal(host: str) -> bool:
    """Is this host an IP address, not a name?"""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False

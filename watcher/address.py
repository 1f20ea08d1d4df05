"""Which IP addresses a stranger must never make us connect to.

An explicit table: the flags of `ipaddress` miss some of these, and differ between Python versions.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_METADATA = "the metadata service of a cloud machine"

# The first network that holds an address gives the reason: the special ones stand before the wide ones.
_DENIED: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", _METADATA),
        ("169.254.170.2/32", _METADATA),
        ("192.0.0.192/32", _METADATA),
        ("100.100.100.200/32", _METADATA),
        ("168.63.129.16/32", _METADATA),
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider's customers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "a relay between IPv6 and IPv4"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "reserved for measurements"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
        ("fd00:ec2::/32", _METADATA),
        ("fd20:ce::254/128", _METADATA),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "a private translation to IPv4"),
        ("100::/64", "reserved"),
        ("2001::/23", "reserved"),  # Teredo tunnels among them
        ("2001:db8::/32", "reserved for documentation"),
        ("3fff::/20", "reserved for documentation"),
        ("5f00::/16", "reserved"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)

_GLOBAL_IPV6 = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
# networks whose last 32 bits are an IPv4 address
_WRAPPERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def forbidden(address: str) -> str | None:
    """Why an IP address is refused, in words that follow "is"; None for one that may be reached.

    A scope id (`fe80::1%eth0`) is ignored. What is no IP address at all is refused too.
    """
    try:
        parsed = ip_address(address.split("%", 1)[0].strip("[]"))
    except ValueError:
        return "not an IP address"
    reason = _denied(parsed)
    if reason is None and isinstance(parsed, IPv6Address):
        reason = _forbidden_inside(parsed)
    return reason


def _denied(address: IPv4Address | IPv6Address) -> str | None:
    for network, reason in _DENIED:
        if address.version == network.version and address in network:
            return reason
    return None


def _forbidden_inside(address: IPv6Address) -> str | None:
    """The reason for an IPv4 address wrapped in IPv6, or for an IPv6 address outside the internet."""
    inner = _wrapped(address)
    if inner is None:
        return None if address in _GLOBAL_IPV6 else "reserved"
    reason = _denied(inner)
    return f"{reason} ({inner} wrapped in IPv6)" if reason else None


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if any(address in network for network in _WRAPPERS) or number >> 32 & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    return None

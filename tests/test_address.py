import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.address import forbidden


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1", "loopback"),
        ("127.8.8.8", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("fd12::1", "private"),
        ("fec0::1", "private"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("100.64.0.1", "shared"),
        ("100.127.255.255", "shared"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("192.0.0.8", "reserved"),
        ("198.18.0.1", "measurements"),
        ("203.0.113.9", "documentation"),
        ("2001:db8::1", "documentation"),
        ("4000::1", "reserved"),
    ],
)
def test_it_says_why_an_address_is_refused(address, reason):
    assert reason in (forbidden(address) or "")


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.170.2", "192.0.0.192", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"],
)
def test_it_knows_the_metadata_services_of_clouds(address):
    assert "metadata" in (forbidden(address) or "")


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:7f00:1::",
        "2001:0:808:808::80ff:fffe",  # Teredo: the client is 127.0.0.1, its bits turned over
        "2a00:1450::5efe:10.0.0.1",
        "::ffff:169.254.169.254",
    ],
)
def test_it_looks_inside_wrapped_addresses(address):
    assert forbidden(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "175.45.176.71",
    ],
)
def test_it_lets_the_internet_through(address):
    assert forbidden(address) is None


@pytest.mark.parametrize("address", ["fe80::1%eth0", "fe80::1%2", "::1%lo", "[::1]"])
def test_it_ignores_scopes_and_brackets(address):
    assert forbidden(address)


@pytest.mark.parametrize(
    "address", ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "1.2.3.4.5", "1.2.3.4/8"]
)
def test_it_refuses_what_is_no_address(address):
    assert forbidden(address) == "not an IP address"


@given(st.ip_addresses(v=4) | st.ip_addresses(network="2000::/3"))
def test_it_refuses_whatever_python_does_not_call_global(address):
    if not address.is_global and not getattr(address, "sixtofour", None):
        assert forbidden(str(address))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address):
    number = int(address)
    wrapped = [
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80 | 1),
    ]
    assert {bool(forbidden(str(each))) for each in wrapped} == {bool(forbidden(str(address)))}

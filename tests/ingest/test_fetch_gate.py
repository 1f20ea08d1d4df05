import socket

import pytest

from watcher.ingest.gate import ForbiddenAddressError, guarded_socket, refused_host


def place(host: str) -> tuple:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 443)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "224.0.0.1",
    ],
)
def test_no_socket_is_made_to_an_address_that_is_not_on_the_internet(host):
    with pytest.raises(ForbiddenAddressError) as caught:
        guarded_socket(place(host))
    assert host in caught.value.detail


@pytest.mark.parametrize("host", ["1.1.1.1", "2606:4700::1111"])
def test_a_socket_is_made_to_any_other(host):
    with guarded_socket(place(host)) as made:
        assert made.family == place(host)[0]


def test_every_refusal_reads_alike():
    texts = set()
    for host in ("127.0.0.1", "10.0.0.1"):
        with pytest.raises(ForbiddenAddressError) as caught:
            guarded_socket(place(host))
        texts.add(str(caught.value))
    assert len(texts) == 1


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0",
        "::1",
        "10.0.0.1",
    ],
)
def test_a_host_that_a_proxy_would_look_up_is_refused_by_its_spelling(host):
    assert refused_host(host)


@pytest.mark.parametrize("host", ["news.example", "1.1.1.1", "localhost.example", "2606:4700::1111", ""])
def test_any_other_host_is_not(host):
    assert refused_host(host) is None

"""An audit hook stays for the life of a process, so these run in a worker."""

import socket
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial

import pytest
from notify_samples import Webhook, make_message, serve_webhook

from watcher.errors import NotifyError
from watcher.model import Message
from watcher.notify.gate import Gate
from watcher.notify.post import Post
from watcher.workers import Workers

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(1)
    yield workers
    workers.close()


def only_the_first_loopback(address: str) -> str | None:
    """127.0.0.1 stands for this machine, and 127.0.0.2 for the internet."""
    return "loopback" if address in ("127.0.0.1", "::1") else None


def attempts(port: int) -> dict[str, str]:
    """What becomes of each way to reach a server on this machine: "" if it was let through."""
    gate = Gate(only_the_first_loopback)
    gate.install()
    tcp = socket.socket
    udp = partial(socket.socket, type=socket.SOCK_DGRAM)
    ways: dict[str, Callable[[], object]] = {
        "connect": lambda: tcp().connect(("127.0.0.1", port)),
        "connect_ex": lambda: tcp().connect_ex(("127.0.0.1", port)),
        "by name": lambda: tcp().connect(("localhost", port)),
        "create_connection": lambda: socket.create_connection(("localhost", port)),
        "sendto": lambda: udp().sendto(b"x", ("127.0.0.1", port)),
        "sendmsg": lambda: udp().sendmsg([b"x"], [], 0, ("127.0.0.1", port)),
        "ipv6": lambda: udp(socket.AF_INET6).sendto(b"x", ("::1", port, 0, 0)),
        "unix": lambda: socket.socket(socket.AF_UNIX).connect("/run/nothing"),
        "public": lambda: udp().sendto(b"x", ("127.0.0.2", port)),
    }
    found = {name: _refusal(way) for name, way in ways.items()}
    gate.set_for("desk", allow_private=True)
    found["allowed"] = _refusal(lambda: tcp().connect(("127.0.0.1", port)))
    gate.set_for("desk", allow_private=False)
    found["again"] = _refusal(lambda: tcp().connect(("127.0.0.1", port)))
    return found


def _refusal(way: Callable[[], object]) -> str:
    try:
        way()
    except PermissionError as error:
        return str(error)
    return ""


def post_with_one_forbidden_address(message: Message) -> str:
    post = Post(Gate(only_the_first_loopback))
    post.gate.install()
    try:
        return post.send(message)
    except NotifyError as error:
        return str(error)


async def test_every_way_to_a_forbidden_address_is_closed(workers: Workers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = await workers.run(MINUTE, attempts, server.getsockname()[1])
    let_through = {name for name, refusal in found.items() if not refusal}
    assert let_through == {"public", "allowed"}
    assert (
        "127.0.0.1 is a private address (loopback); set allow_private = true on channel desk"
        in found["again"]
    )


async def test_a_redirect_to_this_machine_is_refused(workers: Workers, webhook: Webhook) -> None:
    headers = {"Location": f"http://127.0.0.1:{webhook.port}/"}
    async with serve_webhook(Webhook(host="127.0.0.2", status=307, headers=headers)) as public:
        message = make_message(f"{public.url()}?redirect=yes", allow_private=False)
        said = await workers.run(MINUTE, post_with_one_forbidden_address, message)
    assert len(public.posts) == 1
    assert webhook.posts == []
    assert said == (
        "the target was not reached: 127.0.0.1 is a private address (loopback); "
        "set allow_private = true on channel desk to allow it"
    )

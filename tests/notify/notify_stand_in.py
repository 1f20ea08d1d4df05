"""Stands in for a send that hangs. A module of its own, so that a worker process starts fast."""

import time

from watcher.model import Message


def hang_if_told(message: Message) -> str:
    if message.title == "hang":
        time.sleep(60)
    return f"accepted {message.title}"

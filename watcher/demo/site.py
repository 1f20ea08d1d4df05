"""Serves the sample feeds of seeds/ on loopback, as they stood at one moment."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PIECE = re.compile(r"\s*<(item|entry)>.*?</\1>", re.DOTALL)
_DATE = re.compile(r"<(?:pubDate|published)>([^<]+)<")


class Site:
    """The feeds in a folder, without what was published after `moment`."""

    def __init__(self, folder: Path, moment: datetime) -> None:
        self._feeds = {
            f"/{path.name}": path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.xml"))
        }
        self.moment = moment
        self.url = ""

    @property
    def paths(self) -> list[str]:
        return list(self._feeds)

    @property
    def instants(self) -> list[datetime]:
        """When each of the dispatches is published."""
        return [_instant(written) for text in self._feeds.values() for written in _DATE.findall(text)]

    def feed(self, path: str) -> bytes | None:
        """The feed as it stands, or None where there is none."""
        text = self._feeds.get(path)
        return None if text is None else _PIECE.sub(self._shown, text).encode()

    def _shown(self, piece: re.Match[str]) -> str:
        written = _DATE.search(piece[0])
        is_out = written is None or _instant(written[1]) <= self.moment
        return piece[0] if is_out else ""


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written) if written[:4].isdigit() else parsedate_to_datetime(written)


@contextmanager
def served(site: Site) -> Iterator[Site]:
    """The site on a free port of this machine; `site.url` says where."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.feed(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing: the terminal is for the alerts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

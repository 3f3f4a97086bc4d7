"""Local sites in the shapes of the real ones: a page is a function of the request, or bytes with a type."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What a site answers. ``pieces``, where given, are sent one by one instead of the body."""

    body: bytes = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None


Page = Reply | Callable[[dict[str, str]], Reply]


class _Handler(BaseHTTPRequestHandler):
    server: "Site"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, headers))
        page = self.server.pages.get(self.path, Reply(b"Not found", 404))
        reply = page(headers) if callable(page) else page
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.pieces is None:
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            else:
                self.end_headers()
                for piece in reply.pieces:
                    self.wfile.write(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass


class Site(ThreadingHTTPServer):
    """A site on loopback; ``asked`` holds (path, headers) of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def article(title: str, *paragraphs: str, lang: str = "nl") -> bytes:
    """A page with a menu, a main text and a footer."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="{lang}"><head><title>{title}</title></head><body>
<nav><a href="/">Home</a><a href="/nieuws">Nieuws</a></nav><main><article><h1>{title}</h1>{body}</article></main>
<footer>Over deze site, cookies en privacy</footer></body></html>""".encode()

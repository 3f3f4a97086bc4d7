"""A small OpenAI-compatible chat server on loopback that says what a test tells it to, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Given the messages of a request, yields the pieces of the answer; a number is a pause in seconds, an int >= 400 first is an
# HTTP status, and an exception class ends the connection.
Script = Callable[[list[dict]], Iterator[object]]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        pieces = self.server.script(body["messages"])
        first = next(pieces, "")
        if isinstance(first, int) and first >= 400:
            payload = json.dumps({"error": {"message": "no", "type": "server_error"}}).encode()
            self.send_response(first)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self._piece(first)
            for piece in pieces:
                self._piece(piece)
            self._chunk({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError, ConnectionAbortedError):
            pass

    def _piece(self, piece: object) -> None:
        if isinstance(piece, float):
            time.sleep(piece)
        elif piece is ConnectionAbortedError:
            raise ConnectionAbortedError
        elif isinstance(piece, bytes):
            self.wfile.write(piece)
            self.wfile.flush()
        else:
            self._chunk({"content": piece}, None)

    def _chunk(self, delta: dict, finish: str | None) -> None:
        chunk = {
            "id": "c", "object": "chat.completion.chunk", "created": 0, "model": "test",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }  # fmt: skip
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script
    requests: list[dict]


@contextmanager
def chat_server(script: Script) -> Iterator["_Server"]:
    """Serve on a free port until the block ends; ``url`` is the base address, ``requests`` what came in."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.script = script
    server.requests = []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

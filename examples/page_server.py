"""Pages with the widget and the server behind them, which asks the service for tokens: python examples/page_server.py

KEY=…                          the key that `briefwijzer keys add … --scope token` printed
SERVICE=http://127.0.0.1:8000  where the service is
PORT=9000                      where this page is; http://127.0.0.1:9000 has to stand in BRIEFWIJZER_ORIGINS

/ has the widget on the page itself, /frame has it in a frame. The standard library alone. In your own server keep the two parts that matter: the key stays here, and only people who are signed
in get a token.
"""

import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVICE = os.environ.get("SERVICE", "http://127.0.0.1:8000").rstrip("/")
PORT = int(os.environ.get("PORT", "9000"))
ORIGIN = f"http://127.0.0.1:{PORT}"
FILES = {
    "/": ("intranet.html", "text/html"),
    "/frame": ("frame.html", "text/html"),
    "/token.js": ("token.js", "text/javascript"),
    "/frame.js": ("frame.js", "text/javascript"),
}
# For whom a token is: what stands on the page asks from the page's origin, what stands in the frame from the service's own.
TOKENS = {"/briefwijzer-token": ORIGIN, "/briefwijzer-frame-token": SERVICE}
# The page asks its own server for the token, and the service for the answers.
POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; script-src 'self' {SERVICE}; connect-src 'self' {SERVICE}; "
    f"frame-src {SERVICE}"
)


def token(origin: str) -> tuple[int, bytes]:
    """Ask the service for a token that is good from one origin alone; return the status and the answer."""
    asked = urllib.request.Request(  # noqa: S310 - the address is our own setting
        f"{SERVICE}/v1/token",
        json.dumps({"origin": origin}).encode(),
        {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        return 502, json.dumps({"detail": f"{SERVICE} cannot be reached: {error}"}).encode()


class Page(BaseHTTPRequestHandler):
    """The pages, their scripts, and the addresses that the scripts ask for a token."""

    def do_GET(self) -> None:
        """Send a page or its script."""
        if self.headers.get("Host") != ORIGIN.removeprefix("http://"):
            # http://localhost is another origin than http://127.0.0.1, and the tokens are for one of them.
            self.send_response(302)
            self.send_header("Location", f"{ORIGIN}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path not in FILES:
            self._send(404, b"", "text/plain")
            return
        name, kind = FILES[self.path]
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        if kind == "text/html":
            text = text.replace("http://127.0.0.1:8000", SERVICE)
        if self.path == "/":
            # The example's own policy is for a service that needs no token; here it is sent as a header.
            head, _, rest = text.partition("<meta http-equiv")
            text = head + rest.partition(">")[2]
            text = text.replace("</body>", '<script src="/token.js"></script>\n</body>')
        self._send(200, text.encode(), kind)

    def do_POST(self) -> None:
        """Give a token to somebody who is signed in here."""
        if self.path not in TOKENS or not self.is_signed_in():
            self._send(403, b"{}", "application/json")
            return
        self._send(*token(TOKENS[self.path]), "application/json")

    def is_signed_in(self) -> bool:
        """Put the sign-in of your own site here; this example lets whoever is on this machine."""
        return self.headers.get("Origin") in (None, ORIGIN)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    if "KEY" not in os.environ:
        raise SystemExit("Set KEY to the key that `briefwijzer keys add intranet --scope token` printed.")
    with ThreadingHTTPServer(("127.0.0.1", PORT), Page) as server:
        print(f"{ORIGIN}, with the widget of {SERVICE}", flush=True)  # noqa: T201
        server.serve_forever()

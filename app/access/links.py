"""Links to the viewer that open without a key.

Whoever gets an answer follows its links with a browser, which has no key to show. So a link in an answer carries a pass: a
signature over one document in one revision, with a time. It opens what was quoted from, and nothing else.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable

# Long enough for an answer that was saved or mailed.
LASTS_S = 30 * 86_400
_SHAPE = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{27})")
_BYTES = 20


class ViewerLinks:
    """Signs and checks passes. ``secret`` is that of pages' tokens; ``clock``: seconds since 1970."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        # A key of its own, so that nothing signed here is ever taken for a token.
        self._secret = hmac.digest(secret, b"briefwijzer viewer links", "sha256")
        self._clock = clock

    def signed(self, viewer_url: str, document_id: str, rev: str) -> str:
        """Return a viewer address with a pass for its document and revision."""
        expires = int(self._clock()) + LASTS_S
        address, mark, fragment = viewer_url.partition("#")
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}pass={expires}.{self._signature(expires, document_id, rev)}{mark}{fragment}"

    def hold(self, shown: str, document_id: str, rev: str) -> bool:
        """Return whether a pass opens this revision of this document now."""
        parts = _SHAPE.fullmatch(shown)
        if not parts or int(parts[1]) <= self._clock():
            return False
        return hmac.compare_digest(self._signature(int(parts[1]), document_id, rev), parts[2])

    def _signature(self, expires: int, document_id: str, rev: str) -> str:
        signed = f"{expires}\0{document_id}\0{rev}".encode()
        digest = hmac.digest(self._secret, signed, hashlib.sha256)[:_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

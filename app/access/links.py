"""Links to the viewer that open without a key.

Whoever gets an answer follows its links with a browser, which has no key to show. So a link in an answer carries a pass: a
signature over one document in one revision, with a time and the id of the key that the answer was asked for with. It opens what
was quoted from, and nothing else, and ends with its time or with that key, whichever comes first.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable

_SHAPE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{1,32})\.([A-Za-z0-9_-]{27})")
_BYTES = 20


class ViewerLinks:
    """Signs and checks passes that hold for ``lasts_s`` seconds.

    ``secret`` is that of pages' tokens; ``clock``: seconds since 1970.
    """

    def __init__(self, secret: bytes, lasts_s: int, clock: Callable[[], float] = time.time) -> None:
        # A key of its own, so that nothing signed here is ever taken for a token.
        self._secret = hmac.digest(secret, b"briefwijzer viewer links", "sha256")
        self._lasts_s = lasts_s
        self._clock = clock

    def signed(self, viewer_url: str, document_id: str, rev: str, key_id: str) -> str:
        """Return a viewer address with a pass for its document and revision, good while the key of that id is."""
        expires = int(self._clock()) + self._lasts_s
        address, mark, fragment = viewer_url.partition("#")
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}pass={expires}.{key_id}.{self._signature(expires, key_id, document_id, rev)}{mark}{fragment}"

    def key_id(self, shown: str, document_id: str, rev: str) -> str | None:
        """Return the id of the key that a pass was given for where it opens this revision of this document now, else None."""
        parts = _SHAPE.fullmatch(shown)
        if not parts or int(parts[1]) <= self._clock():
            return None
        right = hmac.compare_digest(self._signature(int(parts[1]), parts[2], document_id, rev), parts[3])
        return parts[2] if right else None

    def _signature(self, expires: int, key_id: str, document_id: str, rev: str) -> str:
        signed = f"{expires}\0{key_id}\0{document_id}\0{rev}".encode()
        digest = hmac.digest(self._secret, signed, hashlib.sha256)[:_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

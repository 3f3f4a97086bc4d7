"""Ids of answers that carry what feedback needs, so that nothing has to be kept of an answer that nobody rates.

    <short id>.<base64url of: 16 bytes of HMAC-SHA256, then deflated JSON>

The JSON holds when the answer was given, what kind it was, the index version and where its citations stand: nothing that the
answer itself does not say. Every worker, and every replica with the same key, reads the ids of all others. An id that was
changed, that another key signed or that is older than a week is unknown.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.answers import Answer
from app.errors import NotFoundError, StateError
from app.records import Cited

KEY_FILE = "answer-ids.key"
LONGEST = 8_192
VALID_S = 7 * 86_400
_MAC = 16
_KEY = 32
_MOST_CITATIONS = 16


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """What an id says of its answer."""

    answer: str
    answered_at: float
    status: str
    mode: str
    language: str
    index_version: str
    citations: tuple[Cited, ...]


class AnswerIds:
    """Signs the ids of answers, and reads them."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def sign(self, answer: Answer) -> str:
        """Return the answer's id with what feedback needs."""
        cited = [[c.document_id, c.rev, c.start, c.end] for c in answer.citations[:_MOST_CITATIONS]]
        said = [int(self._clock()), answer.status, answer.mode, answer.language, answer.index_version, cited]
        packed = zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 9, -15)
        mac = self._mac(answer.id.encode(), packed)
        return f"{answer.id}.{base64.urlsafe_b64encode(mac + packed).decode().rstrip('=')}"

    def read(self, answer_id: str) -> RatedAnswer:
        """Return what an id says. Raises NotFoundError for one that we did not give, or gave more than a week ago."""
        short, _, signed = answer_id.removeprefix("chatcmpl-").partition(".")
        try:
            data = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
            mac, packed = data[:_MAC], data[_MAC:]
            known = hmac.compare_digest(mac, self._mac(short.encode(), packed))
        except (binascii.Error, UnicodeError, ValueError):
            known = False
        if not known:
            raise NotFoundError("There is no such answer: take the id as the answer gave it.")
        at, status, mode, language, version, cited = json.loads(zlib.decompress(packed, -15))
        if self._clock() - at > VALID_S:
            raise NotFoundError("That answer was given more than a week ago; ask again to give feedback.")
        return RatedAnswer(short, at, status, mode, language, version, tuple(Cited(*c) for c in cited))

    def _mac(self, short: bytes, packed: bytes) -> bytes:
        # The short id has no dot, so nothing can move from one side to the other.
        return hmac.digest(self._key, short + b"." + packed, hashlib.sha256)[:_MAC]


def stored_key(state_dir: Path) -> bytes:
    """Return the key of a state folder; whoever comes first makes it. Raises StateError."""
    path = state_dir / KEY_FILE
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise StateError(f"{path}: cannot be used ({error}). See to free space and rights.") from error
    if len(key) != _KEY:
        raise StateError(f"{path}: is no key of {_KEY} bytes. Remove it; then a new one is made.")
    return key


def _make(path: Path) -> None:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY))
            file.flush()
            os.fsync(file.fileno())
        # A link fails where another worker was first; a rename would replace the key that it signs with.
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink(missing_ok=True)

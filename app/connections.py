"""Bounds on open connections, which uvicorn does not have: how many there may be, and how long one may owe us a request.

A connection costs a file descriptor before it has asked anything, so whoever opens enough of them and stays silent would leave
none for others. Here a connection that does not send a whole request head in time is closed, and where there are too many, in all
or from one address, the oldest one that has nothing under way makes room for the new one. So silent connections keep nobody out.

What is added to a request is one reading of the clock. Each worker process counts apart.
"""

import asyncio
import logging
import resource
import time
from collections.abc import Iterable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.access.addresses import ClientAddresses

# What the service itself needs: two versions of the index while it moves on, its stores, calls of a chat model, child processes.
_OWN_DESCRIPTORS = 128
_LEAST = 16
_RAISED_TO = 65_536
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 60.0
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 22\r\n\r\nToo many connections.\n"
)
_log = logging.getLogger(__name__)


class Connections:
    """The open connections of one process, and uvicorn's factory for the protocol of a new one.

    ``most`` and ``per_address``: open connections at most, in all and from one address; addresses inside ``trusted`` are
    proxies, whose connections are those of many. ``head_s``: longest that a connection may go without a whole request head.
    Goes to worker processes as it was made, and counts anew there.
    """

    def __init__(self, most: int, per_address: int, head_s: float, trusted: Iterable[str] = ()) -> None:
        self.most = most
        self.per_address = per_address
        self.head_s = head_s
        self.refused = 0
        self.made_room = 0
        self._addresses = ClientAddresses(trusted)
        # In the order in which they came, which is the order in which they make room.
        self._open: dict[BoundedProtocol, None] = {}
        self._from: dict[str, dict[BoundedProtocol, None]] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._told_at = -_TELL_EVERY_S
        self._told = 0

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> "BoundedProtocol":
        """Return the protocol of a connection, as uvicorn asks for it."""
        return BoundedProtocol(self, config, server_state, app_state, _loop)

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: "BoundedProtocol") -> bool:
        """Take note of a new connection, where need be in the place of an older one that has nothing under way.

        Returns False where all others have a request under way: the new one is one too many.
        """
        name = self._bounded_name(connection)
        same = self._from.get(name, {}) if name is not None else {}
        if not (self._has_room(same, self.per_address) and self._has_room(self._open, self.most)):
            self.refused += 1
            self._tell()
            return False
        self._open[connection] = None
        if name is not None:
            connection.address = name
            self._from.setdefault(name, {})[connection] = None
        if self._looking is None:
            self._looking = connection.loop.call_later(_LOOK_EVERY_S, self._look, connection.loop)
        return True

    def forget(self, connection: "BoundedProtocol") -> None:
        """Take note that a connection is no more."""
        self._open.pop(connection, None)
        same = self._from.get(connection.address or "")
        if same is not None:
            same.pop(connection, None)
            if not same:
                del self._from[connection.address or ""]

    def _bounded_name(self, connection: "BoundedProtocol") -> str | None:
        if connection.client is None:
            return None
        scope = {"client": connection.client}
        return None if self._addresses.peer_is_trusted(scope) else self._addresses.of(scope)

    def _has_room(self, among: "dict[BoundedProtocol, None]", most: int) -> bool:
        if len(among) < most:
            return True
        for connection in among:
            if connection.owes_a_request:
                self.made_room += 1
                self._tell()
                connection.drop()
                return True
        return False

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what is late; goes on for as long as there are connections."""
        before = time.monotonic() - self.head_s
        for connection in list(self._open):
            if connection.owing_since <= before and connection.owes_a_head:
                connection.drop()
        self._looking = loop.call_later(_LOOK_EVERY_S, self._look, loop) if self._open else None

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TELL_EVERY_S:
            counted = self.refused + self.made_room
            _log.warning(
                "too many connections: %d open, of which one address may have %d; %d were refused or closed to make room since "
                "this was said last", len(self._open), self.per_address, counted - self._told,
            )  # fmt: skip
            self._told_at, self._told = now, counted


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection, which counts among the others and knows since when it owes a request."""

    def __init__(
        self,
        among: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._among = among
        self.address: str | None = None
        self.owing_since = time.monotonic()

    @property
    def owes_a_head(self) -> bool:
        """Whether every request that came whole is answered, so that the next head is all there is to wait for."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def owes_a_request(self) -> bool:
        """Whether nothing is under way here but the client's own sending, of a head or of a body."""
        return self.owes_a_head or (self.cycle.more_body and not self.cycle.response_started)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection, or close it at once where it is one too many."""
        super().connection_made(transport)
        if not self._among.admit(self):
            transport.write(_REFUSAL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place to others."""
        self._among.forget(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Note that the next request may come."""
        self.owing_since = time.monotonic()
        super().on_response_complete()

    def drop(self) -> None:
        """Close the connection at once, whatever stands ready to be sent or read; it counts no more."""
        self._among.forget(self)
        self.transport.abort()


def within_descriptors(most: int, per_address: int) -> tuple[int, int]:
    """Return how many connections there may be, in all and from one address, within this process' file descriptors.

    Raises the soft limit of descriptors as far as it may be raised and is needed; says so where the bounds had to be lowered.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _RAISED_TO if hard == resource.RLIM_INFINITY else min(hard, _RAISED_TO)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (ValueError, OSError):
            _log.info("the limit of open files cannot be raised from %d to %d", soft, wanted)
    if soft == resource.RLIM_INFINITY or soft - _OWN_DESCRIPTORS >= most:
        return most, min(per_address, most)
    lowered = max(_LEAST, soft - _OWN_DESCRIPTORS)
    _log.warning(
        "this process may open %d files, so it takes %d connections at a time and not BRIEFWIJZER_CONNECTIONS = %d; raise the "
        "limit (LimitNOFILE in systemd, ulimit -n) to at least %d", soft, lowered, most, most + _OWN_DESCRIPTORS,
    )  # fmt: skip
    return lowered, min(per_address, max(1, lowered // 2))

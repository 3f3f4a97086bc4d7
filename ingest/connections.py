"""Connections that lead to the public internet alone.

A name is resolved once, every address it has is checked, and the connection goes to the very address that was checked: a name
that points elsewhere a moment later (DNS rebinding) gains nothing. The same holds at every redirect, since each is a request.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx

from app.errors import BriefwijzerError


class ForbiddenAddressError(BriefwijzerError):
    """A name leads to an address that nothing may be fetched from. Caught by the fetcher, which records it as the reason."""


def check_address(address: str, host: str) -> None:
    """Raise ForbiddenAddressError unless an IP address is a public one."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 address inside are as public as that one.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            ip = inner
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    inside = not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified
    if inside or any(ip.version == network.version and ip in network for network in _NOT_PUBLIC):
        raise ForbiddenAddressError(
            f"{host} leads to {address}, an address inside a network. Nothing is fetched from there; "
            "if it should be, name the host in BRIEFWIJZER_FETCH_ALLOW_HOSTS."
        )


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What Python's tables do not count yet, or no longer: site-local addresses, the relays of 6to4, the second range for examples.
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("fec0::/10", "192.88.99.0/24", "3fff::/20")))
Resolve = Callable[[str, int], Sequence[str]]


def system_addresses(name: str, port: int) -> Sequence[str]:
    """Return the addresses that this machine's resolver has for a name. Raises OSError."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Bounded(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline: a server that sends a byte now and then gains no time."""

    def __init__(self, stream: httpcore.NetworkStream, until: Callable[[], float]) -> None:
        self._stream = stream
        self._until = until

    def _left(self, timeout: float | None, error: type[Exception]) -> float:
        left = self._until() - time.monotonic()
        if left <= 0:
            raise error("the time is up")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is, until the deadline."""
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, until the deadline."""
        self._stream.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS on the connection."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore.SyncBackend):
    """Resolves a name once, and connects to an address that was checked."""

    def __init__(self, allowed: Iterable[str], until: Callable[[], float], resolve: Resolve) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._until = until
        self._resolve = resolve

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Connect to the host at an address that is public, or to any where the host is allowed by name."""
        name = host.lower()
        try:
            addresses = self._resolve(name, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address ({error})") from error
        if name not in self._allowed:
            for address in addresses:
                check_address(address, host)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return _Bounded(super().connect_tcp(address, port, *args, **kwargs), self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Refuse: no source is reached by a socket file."""
        raise ForbiddenAddressError("Nothing is fetched through a socket file.")


def guarded_transport(
    allowed: Iterable[str] = (),
    *,
    until: Callable[[], float] = lambda: float("inf"),
    resolve: Resolve = system_addresses,
) -> httpx.HTTPTransport:
    """Return a transport for httpx.

    ``allowed`` are host names that may lead into a network; ``until`` says up to when (monotonic seconds) a connection may
    be waited for.
    """
    transport = httpx.HTTPTransport(trust_env=False)
    # httpx offers no argument for the network backend; the pool is its documented seam towards httpcore.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=4,
        network_backend=_GuardedBackend(allowed, until, resolve),
    )
    return transport

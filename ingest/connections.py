"""Connections that lead to the public internet alone.

A name is resolved once, every address it has is checked, and the connection goes to the very address that was checked: a name
that points elsewhere a moment later (DNS rebinding) gains nothing. The same holds at every redirect, since each is a request.
"""

import ipaddress
import socket
from collections.abc import Iterable
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
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        raise ForbiddenAddressError(
            f"{host} leads to {address}, an address inside a network. Nothing is fetched from there; "
            "if it should be, name the host in BRIEFWIJZER_FETCH_ALLOW_HOSTS."
        )


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _GuardedBackend(httpcore.SyncBackend):
    """Resolves a name once, and connects to an address that was checked."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Connect to the host at an address that is public, or to any where the host is allowed by name."""
        name = host.lower()
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address ({error})") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if name not in self._allowed:
            for address in addresses:
                check_address(address, host)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return super().connect_tcp(address, port, *args, **kwargs)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Refuse: no source is reached by a socket file."""
        raise ForbiddenAddressError("Nothing is fetched through a socket file.")


def guarded_transport(allowed: Iterable[str] = ()) -> httpx.HTTPTransport:
    """Return a transport for httpx; ``allowed`` are host names that may lead into a network."""
    transport = httpx.HTTPTransport(trust_env=False)
    # httpx offers no argument for the network backend; the pool is its documented seam towards httpcore.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=4,
        network_backend=_GuardedBackend(allowed),
    )
    return transport

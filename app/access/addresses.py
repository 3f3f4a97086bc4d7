"""Where a request comes from: the peer's address, or what a trusted proxy says of it."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import Scope

from app.access.names import network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
# A household or an office has a /64 of its own, so that its single addresses say nothing.
_IPV6_PREFIX = 64
_MOST_HOPS = 20
# The same few addresses ask again and again.
_MOST_KNOWN = 4_096
_LONGEST = 100


class ClientAddresses:
    """Tells the address of who asks. ``X-Forwarded-For`` counts from a peer inside ``trusted`` alone.

    The header is read from its end, where the nearest proxy wrote: each address inside ``trusted`` is a proxy, and the first
    that is not is the client. What stands before it may be the client's own invention.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = tuple(network(text) for text in trusted)

    def peer_is_trusted(self, scope: Scope) -> bool:
        """Return whether the connection comes from a trusted proxy."""
        peer = _address(_peer(scope))
        return peer is not None and self._is_trusted(peer)

    def of(self, scope: Scope) -> str:
        """Return the name of who asks, for limits: an IPv4 address, or the /64 of an IPv6 address."""
        peer = _peer(scope)
        found = _address(peer)
        if found is None:
            return peer
        if self._is_trusted(found):
            forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
            for text in reversed(forwarded[-_MOST_HOPS:]):
                before = _address(text)
                if before is None:
                    break
                found = before
                if not self._is_trusted(found):
                    break
        return _name(found)

    def _is_trusted(self, address: Address) -> bool:
        return any(address.version == net.version and address in net for net in self._trusted)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _address(text: str) -> Address | None:
    # What is longer is none, and is not kept.
    return _read(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=_MOST_KNOWN)
def _read(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=_MOST_KNOWN)
def _name(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), _IPV6_PREFIX), strict=False))

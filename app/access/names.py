"""How origins, networks and hosts are written. Light, because the settings read it."""

import ipaddress
import re
from typing import TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_ORIGIN = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?::([0-9]{1,5}))?")
_LONGEST_ORIGIN = 300
_PORTS = {"http": "80", "https": "443"}


def checked_origin(text: str) -> str:
    """Return an exact origin as browsers write it. Raises ValueError that says what is wrong with it."""
    if text == "*":
        raise ValueError('"*" would let every page ask; list each origin')
    if text == "null":
        raise ValueError('"null" is the origin of any sandboxed or local page; it cannot be let in')
    found = _ORIGIN.fullmatch(text) if len(text) <= _LONGEST_ORIGIN else None
    if not found:
        raise ValueError(
            f"{text[:_LONGEST_ORIGIN]!r} is no origin: write scheme, host and port alone, in lower case and without a slash at "
            'the end, such as "https://intranet.example"'
        )
    scheme, _, port = found.groups()
    if port is not None and (port == _PORTS[scheme] or not 0 < int(port) < 65536 or port.startswith("0")):
        raise ValueError(
            f"{text!r}: browsers leave out port {_PORTS[scheme]} of {scheme}, and others run from 1 to 65535"
        )
    return text


def is_own(origin: str, host: str) -> bool:
    """Return whether an origin is that of the service itself, asked under ``host``."""
    try:
        return urlsplit(origin).netloc == host and origin.startswith(("http://", "https://"))
    except ValueError:
        return False


def network(text: str) -> Network:
    """Return a network of an address or of CIDR notation. Raises ValueError that names it."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ValueError(f'{text!r} is no address such as "10.0.0.5" and no network') from error


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is of this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

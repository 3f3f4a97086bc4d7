"""What combinations of settings are refused at the start, because they would open the service or a secret. Raise ValueError."""

import ipaddress
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.access.names import Network, is_loopback, network
from app.access.rules import LEAST_SECRET_BYTES

# No proxies' network is as wide as these; private networks are 10.0.0.0/8 and fc00::/7 at most.
_WIDEST = {4: 8, 6: 7}
# Beyond so many addresses, or a site's /64, there are others than proxies among them.
_WIDE = {4: 24, 6: 64}
_LEAST_SIGNS = 10
_MARKS = (".dockerenv", "run/.containerenv", "var/run/secrets/kubernetes.io")
_OF_CONTAINERS = ("container", "KUBERNETES_SERVICE_HOST")
_CONTROLLED_BY = ("docker", "containerd", "kubepods", "libpod", "lxc")
_ON_PURPOSE = (
    "Set BRIEFWIJZER_ACCESS to keys or oidc; or, where another gate stands before it, say so on purpose: "
    "BRIEFWIJZER_ACCESS=open"
)


def check_open_access(
    host: str, hosts: Sequence[str], root_path: str, *, in_container: bool, is_container: bool, on_purpose: bool
) -> None:
    """Refuse open access where others than this machine could ask.

    ``in_container`` is what the setting says, ``is_container`` what the machine shows; ``on_purpose``: open access was chosen, and
    is not merely the default.
    """
    if not in_container and not is_loopback(host):
        raise ValueError(
            f"BRIEFWIJZER_HOST = {host!r} with BRIEFWIJZER_ACCESS = 'open': whoever reaches this address could ask. "
            "Open access serves this machine alone: use 127.0.0.1, or set BRIEFWIJZER_ACCESS to keys or oidc"
        )
    if on_purpose:
        return
    if named := [name for name in hosts if not is_loopback(name)]:
        raise ValueError(
            f"BRIEFWIJZER_HOSTS = {named!r} with open access, which is the default: whoever reaches it under that name could "
            f"ask. {_ON_PURPOSE}"
        )
    if root_path:
        raise ValueError(
            f"BRIEFWIJZER_ROOT_PATH = {root_path!r} with open access, which is the default: whoever reaches the proxy that "
            f"serves it there could ask. {_ON_PURPOSE}"
        )
    if not is_loopback(host) and not is_container:
        raise ValueError(
            f"BRIEFWIJZER_IN_CONTAINER is set and BRIEFWIJZER_HOST = {host!r}, but this is no container that can be recognised: "
            f"on a machine's own network whoever reaches that address could ask. {_ON_PURPOSE}"
        )


def is_container(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether this process runs in a container, as Docker, Podman, Kubernetes and LXC show it."""
    if any(environment.get(name) for name in _OF_CONTAINERS) or any((root / mark).exists() for mark in _MARKS):
        return True
    try:
        groups = (root / "proc/1/cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(name in groups for name in _CONTROLLED_BY)


def check_secret(name: str, secret: str | None) -> None:
    """Refuse a secret that can be guessed. It does not stand in the message."""
    if secret is not None and (len(secret.encode()) < LEAST_SECRET_BYTES or len(set(secret)) < _LEAST_SIGNS):
        raise ValueError(
            f"{name} is too weak: it takes at least {LEAST_SECRET_BYTES} random bytes. Make one: openssl rand -base64 48"
        )


def check_proxies(proxies: Sequence[str]) -> None:
    """Refuse proxies that, one by one or together, are nearly everybody."""
    for version, least in _WIDEST.items():
        for net in _collapsed([net for text in proxies if (net := network(text)).version == version]):
            if net.prefixlen < least:
                raise ValueError(
                    f"BRIEFWIJZER_TRUSTED_PROXIES = {list(proxies)!r}: together {str(net)!r}, which is nearly everybody. "
                    "Whoever is believed can invent addresses; name the proxies' own"
                )


def _collapsed(nets: list[Any]) -> Iterator[Network]:
    # All of one version, which the standard library's types cannot say.
    yield from ipaddress.collapse_addresses(nets)


def wide_proxies(proxies: Sequence[str]) -> list[str]:
    """Return the networks in which there is room for clients beside the proxies: they too would be believed."""
    return [text for text in proxies if (net := network(text)).prefixlen < _WIDE[net.version]]


def check_jwks(source: str) -> None:
    """Refuse keys of an issuer that are not there, are none, or come over a connection that can be tampered with."""
    if "://" not in source:
        from app.access.oidc import public_keys

        try:
            public_keys(Path(source).read_bytes())
        except FileNotFoundError:
            raise ValueError(f"BRIEFWIJZER_OIDC_JWKS = {source!r}: there is no such file") from None
        except OSError as error:
            raise ValueError(f"BRIEFWIJZER_OIDC_JWKS = {source!r}: cannot be read ({error.strerror})") from None
        except ValueError as error:
            raise ValueError(
                f"BRIEFWIJZER_OIDC_JWKS = {source!r}: {error}. Save the document that the issuer's jwks_uri gives"
            ) from None
        return
    parts = urlsplit(source)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ValueError(
            f"BRIEFWIJZER_OIDC_JWKS = {source!r}: keys that come over an unprotected connection can be swapped; use https"
        )

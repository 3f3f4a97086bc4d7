"""The settings of who may ask, from where and how much, and what combinations of them are refused."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from app.access.names import checked_origin, network
from app.access.refusals import check_jwks, check_open_access, check_proxies, check_secret, is_container
from app.access.rules import SIGNATURES

_HEADER_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_PER_KEY, _PER_ADDRESS = 600, 120


def _network_text(text: str) -> str:
    found = network(text)
    if found.prefixlen == 0:
        raise ValueError(f"{text!r} is everybody; name the proxies' own addresses")
    return str(found)


class AccessSettings(BaseSettings):
    """A part of the one settings class."""

    access: Literal["open", "keys", "oidc"] = Field(
        default="open", description="who may ask: open (this machine alone), keys, or oidc (signed-in users, and keys)"
    )
    access_dir: Path | None = Field(
        default=None,
        description="folder of the keys and of the secret of pages' tokens; by default access/ in the index",
    )
    host: str = Field(default="127.0.0.1", description="address to serve on; loopback, unless access is keys or oidc")
    hosts: tuple[str, ...] = Field(
        default=(), description='further host names it is asked under, as JSON: ["chat.example"]'
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path under which a proxy serves it, such as /briefwijzer; without a slash at its end",
    )
    in_container: bool = Field(
        default=False, description="a container's own network is not the world: any host will do"
    )
    origins: tuple[Annotated[str, AfterValidator(checked_origin)], ...] = Field(
        default=(), description='origins of the pages that may ask, as JSON: ["https://intranet.example"]'
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network_text)], ...] = Field(
        default=(), description='addresses of proxies whose headers are believed, as JSON: ["10.0.0.5"]'
    )
    token_secret: SecretStr | None = Field(default=None, description="signs pages' tokens; made and kept by default")
    token_ttl_s: int = Field(default=600, ge=30, le=3600, description="longest life of a page's token")
    link_hours: int = Field(
        default=8, ge=1, le=8_760, description="how long an answer's links to documents open without a key"
    )
    oidc_issuer: str | None = Field(default=None, description="issuer, exactly as the tokens name it")
    oidc_audience: str | None = Field(default=None, description="audience that the tokens must be for")
    oidc_jwks: str | None = Field(default=None, description="the issuer's public keys: a file or an https address")
    oidc_algorithms: tuple[str, ...] = Field(default=("RS256", "ES256"), description="signatures that are accepted")
    oidc_header: str | None = Field(
        default=None, description="header in which a trusted proxy passes the token, beside Authorization"
    )
    key_per_minute: int | None = Field(
        default=None, ge=0, description="requests a minute of one key or user; 0: no limit"
    )
    key_burst: int = Field(default=100, ge=1, description="of these at once")
    address_per_minute: int | None = Field(
        default=None, ge=0, description="requests a minute of one address; 0: no limit"
    )
    address_burst: int = Field(default=40, ge=1, description="of these at once")
    connections: int = Field(default=1024, ge=16, le=60_000, description="open connections of one process")
    address_connections: int = Field(
        default=512, ge=1, description="of these from one address that is no trusted proxy's"
    )
    head_timeout_s: float = Field(
        default=10.0, gt=0, le=600, description="longest that a connection may go without a whole request head"
    )
    concurrent_questions: int = Field(
        default=max(1, os.cpu_count() or 1), ge=1, le=256, description="questions that are computed at a time"
    )
    concurrent_llm: int = Field(default=4, ge=1, le=256, description="answers that a chat model writes at a time")
    queue: int = Field(default=64, ge=0, le=10_000, description="questions that wait for their turn")
    queue_deadline_s: float = Field(default=5.0, gt=0, le=600, description="longest that a question waits for its turn")
    request_timeout_s: float = Field(
        default=30.0, gt=0, le=600, description="longest that an answer may take to compute"
    )
    transfer_timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="longest that a client may take to send a request, or to take a next piece",
    )

    @property
    def per_minute(self) -> tuple[int, int]:
        """Requests a minute of one key and of one address; 0 is no limit, which open access has by default."""
        limited = self.access != "open"
        key = self.key_per_minute if self.key_per_minute is not None else _PER_KEY * limited
        address = self.address_per_minute if self.address_per_minute is not None else _PER_ADDRESS * limited
        return key, address

    @model_validator(mode="after")
    def _refuse_open_to_the_world(self) -> Self:
        if self.access == "open":
            check_open_access(
                self.host,
                self.hosts,
                self.root_path,
                in_container=self.in_container,
                is_container=is_container(),
                on_purpose="access" in self.model_fields_set,
            )
        return self

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        check_secret("BRIEFWIJZER_TOKEN_SECRET", self.token_secret.get_secret_value() if self.token_secret else None)
        return self

    @model_validator(mode="after")
    def _refuse_proxies_that_are_everybody(self) -> Self:
        check_proxies(self.trusted_proxies)
        return self

    @model_validator(mode="after")
    def _refuse_half_an_issuer(self) -> Self:
        given = {
            "BRIEFWIJZER_OIDC_ISSUER": self.oidc_issuer,
            "BRIEFWIJZER_OIDC_AUDIENCE": self.oidc_audience,
            "BRIEFWIJZER_OIDC_JWKS": self.oidc_jwks,
        }
        if self.access != "oidc":
            given["BRIEFWIJZER_OIDC_HEADER"] = self.oidc_header
            set_for_nothing = [name for name, value in given.items() if value]
            if set_for_nothing:
                raise ValueError(
                    f"{set_for_nothing[0]} is set, but BRIEFWIJZER_ACCESS = {self.access!r} looks at no sign-in. Set it to oidc"
                )
            return self
        if missing := [name for name, value in given.items() if not value]:
            raise ValueError(f"BRIEFWIJZER_ACCESS = 'oidc' needs {', '.join(missing)} too")
        if wrong := [name for name in self.oidc_algorithms if name not in SIGNATURES] or not self.oidc_algorithms:
            raise ValueError(
                f"BRIEFWIJZER_OIDC_ALGORITHMS = {wrong or []!r}: choose among {', '.join(SIGNATURES)}; with any other, whoever "
                "knows the public key could sign"
            )
        check_jwks(str(self.oidc_jwks))
        if self.oidc_header and not set(self.oidc_header) <= _HEADER_SIGNS:
            raise ValueError(f"BRIEFWIJZER_OIDC_HEADER = {self.oidc_header!r} is no header's name")
        if self.oidc_header and not self.trusted_proxies:
            raise ValueError(
                "BRIEFWIJZER_OIDC_HEADER is believed from trusted proxies alone: name them by BRIEFWIJZER_TRUSTED_PROXIES"
            )
        return self

"""Fetches pages and files politely: one request at a time for a host, robots.txt heeded, within bounds of time and size."""

import email.utils
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from app import __version__
from app.errors import BriefwijzerError
from ingest.connections import ForbiddenAddressError, Resolve, guarded_transport, system_addresses

USER_AGENT = f"Briefwijzer/{__version__} (source citation for policy letters; fetches the linked sources of a letter)"
_ROBOT = "Briefwijzer"
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
_WALLS = frozenset({401, 402, 403, 451})
_LONGEST_ROBOTS = 512_000
_LONGEST_WAIT_S = 60.0


class FetchError(BriefwijzerError):
    """An address could not be fetched; the message says why. Caught by the refresh, which keeps the last good snapshot."""


class GoneError(FetchError):
    """The address says that there is nothing (any more): 404 or 410."""


class BlockedError(FetchError):
    """The site does not let programs in: robots.txt, a login, a payment, a consent wall."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long. Pauses are between two requests to one host; ``backoff_s`` doubles at every further try."""

    bytes: int = 50_000_000
    redirects: int = 8
    tries: int = 3
    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 180.0
    backoff_s: float = 1.0
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. ``content`` is None where the server says that it did not change (304)."""

    url: str
    content: bytes | None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None


class Fetcher:
    """Fetches addresses one after the other. Use it as a context manager."""

    def __init__(
        self,
        *,
        allow_hosts: Iterable[str] = (),
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        resolve: Resolve = system_addresses,
    ) -> None:
        self._limits = limits or Limits()
        self._sleep = sleep
        self._until = float("inf")
        self._last: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._robots: dict[str, Any] = {}
        self._client = httpx.Client(
            transport=guarded_transport(allow_hosts, until=lambda: self._until, resolve=resolve),
            timeout=httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s),
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
                "Accept-Language": "nl,en;q=0.8",
            },
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Fetch an address, following redirects. Raises FetchError and its kinds.

        ``etag`` and ``last_modified`` are those of the last time: then the server may say that nothing changed.
        """
        deadline = time.monotonic() + self._limits.total_s
        conditions = {
            name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value
        }
        address = url
        for _ in range(self._limits.redirects + 1):
            self._check(address)
            response, content = self._with_tries(address, conditions, deadline)
            if response.status_code == 304:
                return Fetched(address, None, None, etag, last_modified)
            if response.is_redirect:
                address = urljoin(address, response.headers["location"]).split("#", 1)[0]
                continue
            self._raise_for(response, address)
            if _leads_home(url, address):
                raise BlockedError(
                    f"{urlsplit(url).hostname} leads to its home page instead; the page is probably gone."
                )
            headers = response.headers
            return Fetched(
                address, content, headers.get("content-type"), headers.get("etag"), headers.get("last-modified")
            )
        raise FetchError(f"{url}: more than {self._limits.redirects} redirects.")

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            written = httpx.URL(url).host
        except (ValueError, httpx.InvalidURL) as error:
            raise FetchError(f"{url[:200]}: this is no valid address ({error}).") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or not written:
            raise FetchError(f"{url[:200]}: only http and https addresses are fetched.")
        if parts.username is not None or parts.password is not None:
            raise FetchError(f"{parts.hostname}: an address with a name or password in it is not fetched.")
        rules = self._robots_of(url)
        self._pauses[parts.netloc] = min(float(rules.crawl_delay(_ROBOT) or 0), _LONGEST_WAIT_S)
        if not rules.can_fetch(url, _ROBOT):
            raise BlockedError(f"{parts.hostname} asks programs not to fetch this address (robots.txt).")

    def _robots_of(self, url: str) -> Any:
        from protego import Protego

        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            deadline = time.monotonic() + self._limits.total_s
            address = f"{site}/robots.txt"
            rules = ""
            for _ in range(self._limits.redirects + 1):
                response, content = self._with_tries(address, {}, deadline, cut_at=_LONGEST_ROBOTS)
                if response.is_redirect:
                    address = urljoin(address, response.headers["location"])
                    if urlsplit(address).scheme not in ("http", "https"):
                        break
                    continue
                if response.status_code >= 500 or response.status_code == 429:
                    # RFC 9309: a site that cannot say what it allows, allows nothing for now.
                    raise FetchError(f"{site}/robots.txt: the server answers {response.status_code}.")
                if response.is_success:
                    rules = content.decode("utf-8-sig", "replace")
                break
            self._robots[site] = Protego.parse(rules)
        return self._robots[site]

    def _with_tries(
        self, url: str, conditions: dict[str, str], deadline: float, cut_at: int | None = None
    ) -> tuple[httpx.Response, bytes]:
        failure, asked = "no answer", 0.0
        for number in range(self._limits.tries):
            if number:
                wait = max(min(self._limits.backoff_s * 2 ** (number - 1), _LONGEST_WAIT_S), asked)
                self._sleep(wait)
                deadline += wait  # The server's own time does not count against it.
            asked = 0.0
            try:
                response, content = self._once(url, conditions, deadline, cut_at)
            except ForbiddenAddressError as error:
                raise FetchError(str(error)) from error
            except httpx.TimeoutException as error:
                if time.monotonic() >= deadline:
                    raise FetchError(f"{url[:200]}: took longer than {self._limits.total_s:g} s.") from error
                failure = "the server took too long"
            except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError) as error:
                failure = str(error) or type(error).__name__
            else:
                if response.status_code not in _TEMPORARY or number == self._limits.tries - 1:
                    return response, content
                failure = f"the server answers {response.status_code}"
                asked = _retry_after(response)
                if asked > _LONGEST_WAIT_S:
                    failure += f" and asks to come back after {asked:.0f} s"
                    break
        raise FetchError(f"{urlsplit(url).hostname}: {failure}.")

    def _once(
        self, url: str, conditions: dict[str, str], deadline: float, cut_at: int | None
    ) -> tuple[httpx.Response, bytes]:
        host = urlsplit(url).netloc
        pause = max(self._limits.pause_s, self._pauses.get(host, 0.0))
        since = time.monotonic() - self._last.get(host, float("-inf"))
        if since < pause:
            self._sleep(pause - since)
        self._until = deadline
        most = self._limits.bytes
        cut_at = None if cut_at is None else min(cut_at, most)
        try:
            with self._client.stream("GET", url, headers=conditions) as response:
                announced = response.headers.get("content-length", "")
                if cut_at is None and announced.isdecimal() and int(announced) > most:
                    raise FetchError(_too_large(url, most))
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if cut_at is not None and len(content) >= cut_at:
                        return response, bytes(content[:cut_at])
                    if len(content) > most:
                        raise FetchError(_too_large(url, most))
                    if time.monotonic() > deadline:
                        raise FetchError(f"{url[:200]}: took longer than {self._limits.total_s:g} s.")
                return response, bytes(content)
        finally:
            self._last[host] = time.monotonic()

    def _raise_for(self, response: httpx.Response, url: str) -> None:
        status, host = response.status_code, urlsplit(url).hostname
        if status in _GONE:
            raise GoneError(f"{host} answers {status}: there is nothing at this address (any more).")
        if status in _WALLS:
            raise BlockedError(
                f"{host} answers {status}: it does not let programs in. Put the text as a file at ‘path’."
            )
        if not response.is_success:
            raise FetchError(f"{host} answers {status}.")


def _too_large(url: str, most: int) -> str:
    return f"{url[:200]}: larger than {most / 1_000_000:g} MB; it is not fetched."


def _leads_home(asked: str, given: str) -> bool:
    """Whether a page's address was redirected to the front of a site, as many do with what they took away."""
    before, after = urlsplit(asked), urlsplit(given)
    return (
        len(before.path.strip("/")) > 3
        and before.path.rstrip("/") != after.path.rstrip("/")
        and after.path.strip("/").lower() in ("", "nl", "en", "home", "index.html", "index.php")
        and not after.query
    )


def _retry_after(response: httpx.Response) -> float:
    """Return the seconds that a server asks to wait, 0 where it does not."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())

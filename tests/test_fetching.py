"""Fetching, from local sites: bounds, retries, robots.txt, and no way into the inner network."""

import socket
import threading
import time

import pytest

from ingest.connections import ForbiddenAddressError, check_address
from ingest.fetching import USER_AGENT, BlockedError, Fetcher, FetchError, GoneError, Limits
from tests.sites import Reply, site

QUICK = Limits(bytes=100_000, redirects=3, tries=3, connect_s=1, read_s=0.5, total_s=5, backoff_s=0.01, pause_s=0.0)


@pytest.fixture
def web():
    with site() as server:
        yield server


@pytest.fixture
def fetcher():
    with Fetcher(allow_hosts=["127.0.0.1", "localhost"], limits=QUICK) as fetcher:
        yield fetcher


def test_a_page_is_fetched_with_what_tells_its_version(web, fetcher):
    web.pages["/a"] = Reply(b"hallo", headers={"ETag": '"1"', "Last-Modified": "Mon, 01 Dec 2025 00:00:00 GMT"})
    fetched = fetcher.fetch(web.url + "/a")
    assert fetched.content == b"hallo"
    assert (fetched.etag, fetched.last_modified) == ('"1"', "Mon, 01 Dec 2025 00:00:00 GMT")
    assert web.asked[-1][1]["user-agent"] == USER_AGENT


def test_what_did_not_change_is_not_sent_again(web, fetcher):
    web.pages["/a"] = lambda headers: Reply(b"", 304) if headers.get("if-none-match") == '"1"' else Reply(b"nieuw")
    assert fetcher.fetch(web.url + "/a", etag='"1"').content is None
    assert fetcher.fetch(web.url + "/a", etag='"0"').content == b"nieuw"


def test_redirects_are_followed_within_a_bound(web, fetcher):
    web.pages |= {"/a": Reply(status=301, headers={"Location": "/b"}), "/b": Reply(b"hier")}
    fetched = fetcher.fetch(web.url + "/a")
    assert (fetched.url, fetched.content) == (web.url + "/b", b"hier")
    web.pages["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    with pytest.raises(FetchError, match="more than 3 redirects"):
        fetcher.fetch(web.url + "/loop")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "gopher://x", "javascript:alert(1)"])
def test_a_redirect_to_another_scheme_is_not_followed(web, fetcher, target):
    web.pages["/a"] = Reply(status=302, headers={"Location": target})
    with pytest.raises(FetchError):
        fetcher.fetch(web.url + "/a")
    assert set(web.paths()) == {"/a"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "ff02::1", "fd00:ec2::254", "::7f00:1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
        "2001:0:53aa:64c:0:0:80ff:fffe", "fe80::1%eth0", "fec0::1", "100.127.255.255", "192.0.0.170", "192.88.99.1", "198.18.0.1",
        "240.0.0.1", "3fff::1", "0.1.2.3", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_inside_a_network_are_refused(address):
    with pytest.raises(ForbiddenAddressError, match="BRIEFWIJZER_FETCH_ALLOW_HOSTS"):
        check_address(address, "intern.example")


@pytest.mark.parametrize("address", ["93.184.216.34", "2a00:1450:400e:80e::200e", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(address):
    check_address(address, "example.org")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "017700000001",
        "0x7f000001",
        "0",
        "[::ffff:127.0.0.1]",
        "[::]",
        "127.0.0.1.",
    ],
)
def test_loopback_is_not_reached_by_any_spelling(web, host):
    web.pages["/a"] = Reply(b"geheim")
    with Fetcher(limits=QUICK) as fetcher, pytest.raises(FetchError):
        fetcher.fetch(f"http://{host}:{web.server_address[1]}/a")
    assert not web.asked


def test_a_redirect_into_the_network_is_refused(web):
    with site() as inner:
        inner.pages["/geheim"] = Reply(b"geheim")
        web.pages["/a"] = Reply(status=302, headers={"Location": f"http://localhost:{inner.server_address[1]}/geheim"})
        with (
            Fetcher(allow_hosts=["127.0.0.1"], limits=QUICK) as fetcher,
            pytest.raises(FetchError, match="inside a network"),
        ):
            fetcher.fetch(web.url + "/a")
        assert not inner.asked


class Resolver:
    """Gives the addresses of a name in turn, as a name server does whose owner means harm; the last one stays."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, name, port):
        self.asked.append(name)
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


def test_the_connection_goes_to_the_address_that_was_checked(web):
    web.pages["/a"] = Reply(b"x")
    resolver = Resolver("127.0.0.1", "127.0.0.1", "192.0.2.1")
    with Fetcher(allow_hosts=["nieuws.example"], limits=QUICK, resolve=resolver) as fetcher:
        fetched = fetcher.fetch(f"http://nieuws.example:{web.server_address[1]}/a")
    assert fetched.content == b"x"
    assert resolver.asked == ["nieuws.example"] * 2, "once for robots.txt and once for the page"
    assert web.asked[-1][1]["host"] == f"nieuws.example:{web.server_address[1]}"


def test_a_name_that_leads_inside_a_moment_later_is_refused(web):
    """The first answer passes the check and is not reached; a second one, into the network, is checked as well."""
    web.pages["/a"] = Reply(b"geheim")
    resolver = Resolver("192.88.98.1", "127.0.0.1")
    limits = Limits(tries=2, connect_s=0.2, read_s=0.5, total_s=3, backoff_s=0, pause_s=0)
    with Fetcher(limits=limits, resolve=resolver) as fetcher, pytest.raises(FetchError, match="inside a network"):
        fetcher.fetch(f"http://nieuws.example:{web.server_address[1]}/a")
    assert not web.asked


def test_one_inner_address_among_public_ones_is_enough_to_refuse():
    with (
        Fetcher(limits=QUICK, resolve=lambda *_: ["93.184.216.34", "10.1.2.3"]) as fetcher,
        pytest.raises(FetchError, match=r"10\.1\.2\.3"),
    ):
        fetcher.fetch("http://nieuws.example/a")


def test_a_proxy_of_the_environment_is_not_used(web, fetcher, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    web.pages["/a"] = Reply(b"x")
    assert fetcher.fetch(web.url + "/a").content == b"x"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_fault_is_tried_again(web, fetcher, status):
    answers = iter([Reply(status=status), Reply(status=status), Reply(b"toch")])
    web.pages["/a"] = lambda _: next(answers)
    assert fetcher.fetch(web.url + "/a").content == b"toch"


def test_a_lasting_fault_is_reported_with_its_status(web, fetcher):
    web.pages["/a"] = Reply(status=503)
    with pytest.raises(FetchError, match="503"):
        fetcher.fetch(web.url + "/a")
    assert len(web.paths()) == 3


def test_a_server_is_given_the_time_that_it_asks_for(web):
    slept = []
    answers = iter([Reply(status=429, headers={"Retry-After": "7"}), Reply(b"toch")])
    web.pages["/a"] = lambda _: next(answers)
    with Fetcher(allow_hosts=["127.0.0.1"], limits=QUICK, sleep=slept.append) as fetcher:
        fetcher.fetch(web.url + "/a")
    assert slept == [7.0]


def test_one_host_is_left_in_peace_between_two_requests(web):
    slept = []
    web.pages |= {"/a": Reply(b"a"), "/b": Reply(b"b")}
    limits = Limits(pause_s=30.0, backoff_s=0)
    with Fetcher(allow_hosts=["127.0.0.1"], limits=limits, sleep=slept.append) as fetcher:
        fetcher.fetch(web.url + "/a")
        fetcher.fetch(web.url + "/b")
    assert len(slept) == 2  # Between robots.txt and the first page, and between the pages.
    assert all(29 < pause <= 30 for pause in slept)


def test_robots_txt_is_heeded(web, fetcher):
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /prive", type="text/plain"), "/prive/a": Reply(b"x")}
    with pytest.raises(BlockedError, match=r"robots\.txt"):
        fetcher.fetch(web.url + "/prive/a")
    assert web.paths() == []


def test_a_site_that_cannot_say_what_it_allows_is_left_alone(web, fetcher):
    web.pages |= {"/robots.txt": Reply(status=500), "/a": Reply(b"x")}
    with pytest.raises(FetchError, match=r"robots\.txt"):
        fetcher.fetch(web.url + "/a")
    assert web.paths() == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, GoneError),
        (410, GoneError),
        (401, BlockedError),
        (402, BlockedError),
        (403, BlockedError),
        (451, BlockedError),
        (418, FetchError),
    ],
)
def test_each_refusal_has_its_kind(web, fetcher, status, kind):
    web.pages["/a"] = Reply(status=status)
    with pytest.raises(kind, match=str(status)):
        fetcher.fetch(web.url + "/a")


def test_a_body_beyond_the_limit_is_given_up(web, fetcher):
    def endless():
        while True:
            yield b"x" * 10_000

    web.pages["/a"] = Reply(pieces=endless())
    with pytest.raises(FetchError, match="larger than"):
        fetcher.fetch(web.url + "/a")


def test_a_compressed_bomb_is_given_up(web, fetcher):
    import gzip

    web.pages["/a"] = Reply(gzip.compress(b"0" * 50_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="larger than"):
        fetcher.fetch(web.url + "/a")


def test_a_server_that_stalls_is_given_up(web, fetcher):
    def stalling():
        yield b"begin"
        time.sleep(3)
        yield b"eind"

    web.pages["/a"] = lambda _: Reply(pieces=stalling())
    started = time.monotonic()
    with pytest.raises(FetchError, match="too long"):
        fetcher.fetch(web.url + "/a")
    assert time.monotonic() - started < 4


def test_a_server_that_drips_is_given_up(web):
    def dripping():
        while True:
            yield b"x"
            time.sleep(0.1)

    web.pages["/a"] = lambda _: Reply(pieces=dripping())
    limits = Limits(read_s=0.5, total_s=1.0, tries=1, pause_s=0)
    with (
        Fetcher(allow_hosts=["127.0.0.1"], limits=limits) as fetcher,
        pytest.raises(FetchError, match="took longer than 1 s"),
    ):
        fetcher.fetch(web.url + "/a")


def test_nobody_at_home_is_an_error_that_names_the_host(fetcher):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        fetcher.fetch(f"http://127.0.0.1:{port}/a")


@pytest.mark.parametrize("url", ["http://[::1", "http://xn--/", "http://127.0.0.1:poort/", "http://"])
def test_what_is_no_address_is_refused_like_any_other_failure(fetcher, url):
    with pytest.raises(FetchError):
        fetcher.fetch(url)


def test_a_server_that_drips_its_headers_is_given_up():
    """Each byte comes in time, so that only the deadline of the whole ends it."""

    def drip(listening):
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    return
                time.sleep(0.1)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        limits = Limits(read_s=0.5, total_s=1.0, tries=3, pause_s=0)
        with (
            Fetcher(allow_hosts=["127.0.0.1"], limits=limits) as fetcher,
            pytest.raises(FetchError, match="took longer than 1 s"),
        ):
            fetcher.fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/a")
        thread.join(timeout=5)


def test_a_body_that_says_it_is_too_large_is_not_even_begun(web, fetcher):
    sent = []

    def pieces():
        sent.append(1)
        yield b"x"

    web.pages["/a"] = lambda _: Reply(pieces=pieces(), headers={"Content-Length": "50000000"})
    with pytest.raises(FetchError, match="larger than"):
        fetcher.fetch(web.url + "/a")
    assert len(web.paths()) == 1


def test_a_body_shorter_than_it_says_is_no_content(web, fetcher):
    web.pages["/a"] = lambda _: Reply(pieces=iter([b"half"]), headers={"Content-Length": "400", "Connection": "close"})
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        fetcher.fetch(web.url + "/a")


def test_the_pause_that_a_site_asks_for_is_kept(web):
    slept = []
    web.pages |= {
        "/robots.txt": Reply(b"\xef\xbb\xbfUser-agent: *\nCrawl-delay: 7\nDisallow: /niet", type="text/plain"),
        "/a": Reply(b"a"),
    }
    with Fetcher(allow_hosts=["127.0.0.1"], limits=QUICK, sleep=slept.append) as fetcher:
        fetcher.fetch(web.url + "/a")
        assert 6 < slept[-1] <= 7
        with pytest.raises(BlockedError):
            fetcher.fetch(web.url + "/niet")


def test_of_a_robots_txt_without_end_the_beginning_counts(web, fetcher):
    def endless():
        yield b"User-agent: *\nDisallow: /niet\n"
        while True:
            yield b"# niets\n" * 1000

    web.pages |= {"/robots.txt": lambda _: Reply(pieces=endless(), type="text/plain"), "/a": Reply(b"a")}
    assert fetcher.fetch(web.url + "/a").content == b"a"
    with pytest.raises(BlockedError):
        fetcher.fetch(web.url + "/niet")


def test_a_server_that_asks_for_an_hour_is_left_alone(web, fetcher):
    web.pages["/a"] = Reply(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(FetchError, match="after 3600 s"):
        fetcher.fetch(web.url + "/a")
    assert len(web.paths()) == 1


@pytest.mark.parametrize("home", ["/", "/nl", "/index.html"])
def test_a_page_that_leads_to_the_home_page_is_no_content(web, fetcher, home):
    web.pages |= {"/nieuws/artikel": Reply(status=302, headers={"Location": home}), home: Reply(b"welkom")}
    with pytest.raises(BlockedError, match="home page"):
        fetcher.fetch(web.url + "/nieuws/artikel")


def test_a_name_and_password_in_an_address_are_not_sent(web, fetcher):
    web.pages["/a"] = Reply(b"a")
    with pytest.raises(FetchError, match="password"):
        fetcher.fetch(web.url.replace("//", "//jan:geheim@") + "/a")
    assert not web.asked

"""Whose address counts: the peer's, or what a trusted proxy says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.addresses import ClientAddresses

PROXIES = ("10.0.0.0/8", "fd00::/8")


def address(peer, forwarded=(), trusted=PROXIES):
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    scope = {"type": "http", "client": (peer, 1234) if peer else None, "headers": headers}
    return ClientAddresses(trusted).of(scope)


def test_without_trusted_proxies_the_header_counts_for_nothing():
    assert address("203.0.113.9", ["198.51.100.1"], trusted=()) == "203.0.113.9"
    assert address("10.0.0.1", ["198.51.100.1"], trusted=()) == "10.0.0.1"
    assert address("127.0.0.1", ["198.51.100.1"], trusted=()) == "127.0.0.1"


def test_a_peer_that_is_no_proxy_cannot_say_who_it_is():
    assert address("203.0.113.9", ["198.51.100.1"]) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1, 10.2.0.1, 10.3.0.1"], "198.51.100.1"),
        (["6.6.6.6, 198.51.100.1, 10.2.0.1"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["unknown"], "10.0.0.1"),
        (["198.51.100.1, garbage, 10.2.0.1"], "10.2.0.1"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
        (["10.2.0.1"], "10.2.0.1"),
        (["[2001:db8:1:2:3::4]:443"], "2001:db8:1:2::/64"),
        (["::ffff:198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_first_address_from_the_end_that_is_no_proxy_counts(forwarded, expected):
    assert address("10.0.0.1", forwarded) == expected


def test_one_household_has_one_limit():
    assert address("2001:db8:1:2::3") == address("2001:db8:1:2:ffff::9") != address("2001:db8:1:3::3")
    assert address("fe80::1%eth0") == "fe80::/64"


def test_a_connection_without_an_address_has_a_name_too():
    assert address(None) == "unknown"
    assert address("testclient") == "testclient"


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=255), max_size=200), max_size=3))
def test_whatever_the_header_holds_there_is_an_address(values):
    assert address("10.0.0.1", values)


def test_a_header_with_very_many_hops_is_not_read_to_its_start():
    assert address("10.0.0.1", ["6.6.6.6" + ", 10.0.0.2" * 10_000]) == "10.0.0.2"

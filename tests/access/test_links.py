"""Links to the viewer that open without a key, for a while, and while the key is good that they were given for."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from app.access.links import ViewerLinks

SECRET = b"0123456789abcdefghijklmnopqrstuv"
KEY = "0123456789abcdef"
ADDRESS = "/documents/brief?rev=abc&start=1#quote"


@pytest.fixture
def links(clock):
    return ViewerLinks(SECRET, 3_600, clock)


def passed(links):
    signed = links.signed(ADDRESS, "brief", "abc", KEY)
    assert signed.startswith("/documents/brief?rev=abc&start=1&pass=")
    assert signed.endswith("#quote")
    return parse_qs(urlsplit(signed).query)["pass"][0]


def test_a_pass_opens_its_document_and_names_its_key(links):
    assert links.key_id(passed(links), "brief", "abc") == KEY


def test_a_pass_ends_with_its_time(links, clock):
    shown = passed(links)
    clock.now += 3_599
    assert links.key_id(shown, "brief", "abc") == KEY
    clock.now += 1
    assert links.key_id(shown, "brief", "abc") is None


def test_a_pass_opens_nothing_else_and_cannot_be_changed(links, clock):
    shown = passed(links)
    assert links.key_id(shown, "other", "abc") is None
    assert links.key_id(shown, "brief", "def") is None
    assert links.key_id(shown.replace(KEY, KEY[::-1]), "brief", "abc") is None
    assert links.key_id(re.sub(r"^\d+", lambda found: str(int(found[0]) + 1), shown), "brief", "abc") is None
    assert ViewerLinks(SECRET[::-1], 3_600, clock).key_id(shown, "brief", "abc") is None
    for wrong in ("", "..", shown + "x", "9" * 20, f"{shown}\n"):
        assert links.key_id(wrong, "brief", "abc") is None

"""Tricks with paths and headers: nothing but a document of the record is ever shown, and nothing sent comes back as a header."""

import socket
from urllib.parse import urlsplit

import pytest

from app.main import create_app
from app.settings import Settings
from tests.serving import served

DOCUMENT = "brief-2025-12"
INSIDE = ("root:", "begrippen", "SQLite format", "Traceback", "/versions/", "BRIEFWIJZER_LLM")


@pytest.fixture(scope="module")
def server(letter_index):
    with served(create_app(Settings(index_dir=letter_index))) as address:
        yield urlsplit(address)


def sent(server, target, headers="", method="GET", host=None):
    """Send a request as it stands, which no client library would; return status, headers and body as text."""
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: {host or server.netloc}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode("latin-1"))
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    status, _, fields = head.decode("latin-1").partition("\r\n")
    return int(status.split()[1]), fields, body.decode("utf-8", "replace")


PATHS = [
    "/documents/..", "/documents/.", "/documents/%2e%2e", "/documents/..%2f..%2fetc%2fpasswd", "/documents/../../etc/passwd",
    "/documents/%252e%252e%252fetc", "/documents/..%5c..%5cetc", "/documents/%c0%ae%c0%ae", "/documents/%ff%fe", "/documents/%00",
    f"/documents/{DOCUMENT}%00", f"/documents/{DOCUMENT}%0a", f"/documents/{DOCUMENT}%0d%0aSet-Cookie:x=1", f"/documents/{DOCUMENT}%20",
    f"/documents/{DOCUMENT}/", f"/documents/{DOCUMENT}/..", f"/documents//{DOCUMENT}", f"/documents/{DOCUMENT}.", f"/documents/{DOCUMENT};x",
    f"/documents/{DOCUMENT.upper()}", "/documents/catalogue.sqlite", "/documents/current", "/documents/%3Cscript%3Ealert(1)%3C/script%3E",
    "/documents/' OR 1=1 --".replace(" ", "%20"), "/documents/" + "a" * 10_000, "/documents/" + "%f0%9f%99%82" * 200,
    "/documents/%EF%BD%82rief-2025-12", f"/documents/{DOCUMENT}?rev=../../x", f"/documents/{DOCUMENT}?rev=%00", f"/documents/{DOCUMENT}?rev=' --".replace(" ", "%20"),
    "/v1/documents/..%2f..%2fcatalogue.sqlite", f"/v1/documents/{DOCUMENT}%0a", "//evil.example/documents/x/", "/\\evil.example/",
    "/%2f%2fevil.example/", "/documents/%2f%2fevil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", PATHS)
def test_a_path_that_is_no_document_shows_nothing(server, target):
    status, fields, body = sent(server, target)
    assert status in (307, 400, 404, 414, 422), (status, body[:200])
    assert not any(word in body for word in INSIDE)
    assert "<script>alert" not in body or "content-type: application/problem+json" in fields
    assert "set-cookie" not in fields.lower()
    for line in fields.lower().split("\r\n"):
        if line.startswith("location:"):
            assert urlsplit(line.partition(":")[2].strip()).netloc == server.netloc


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start=0&end=999999999", 200),
        ("start=99999999999999999999&end=1", 200),
        ("start=5&end=2", 200),
        ("start=1&start=2", 200),
        ("start=-1", 422),
        ("start=1e3", 422),
        ("start=NaN", 422),
        ("start=%00", 422),
        ("start=" + "9" * 5_000, 422),
        ("rev=%3Cscript%3Ealert(1)%3C/script%3E", 404),
        ("rev=" + "a" * 65, 422),
        ("unknown=<script>", 200),
    ],
)
def test_a_place_that_is_none_marks_nothing_and_breaks_nothing(server, query, status):
    got, fields, body = sent(server, f"/documents/{DOCUMENT}?{query}")
    assert got == status
    assert "<script>alert" not in body or "content-type: application/problem+json" in fields


@pytest.mark.parametrize(
    "headers",
    [
        "Accept-Language: en\r\nAccept-Language: " + "nl," * 5_000 + "\r\n",
        "Accept-Language: \xff\xfe\r\n",
        "X-Forwarded-For: " + "1," * 10_000 + "\r\n",
        "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: javascript\r\n",
        "Forwarded: host=evil.example\r\n",
        "X-Original-URL: /v1/sources\r\nX-Rewrite-URL: /v1/sources\r\n",
        "X-HTTP-Method-Override: DELETE\r\n",
        "Range: bytes=0-10, " + "5-6," * 1_000 + "\r\n",
        "Cookie: " + "a=b;" * 4_000 + "\r\n",
        "Authorization: Bearer \xff\xff\r\n",
        "If-None-Match: *\r\n",
        "Accept: text/event-stream\r\n",
    ],
)
def test_headers_that_mean_something_elsewhere_change_nothing(server, headers):
    status, fields, body = sent(server, f"/documents/{DOCUMENT}", headers)
    assert status == 200
    assert "evil.example" not in fields + body
    assert "<h1" in body


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1@evil.example", "evil.example#127.0.0.1", "127.0.0.1%00.evil.example", "[", "a" * 5_000],
)
def test_a_host_that_is_not_ours_shows_nothing(server, host):
    status, _, body = sent(server, f"/documents/{DOCUMENT}", host=host)
    assert status in (400, 421)
    assert "VluchtelingenWerk" not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
def test_other_methods_are_not_served(server, method):
    status, _, body = sent(server, f"/documents/{DOCUMENT}", method=method, headers="X-Secret: 12345\r\n")
    assert status in (400, 405)
    assert "12345" not in body


def test_an_absolute_target_does_not_get_around_the_host_check(server):
    status, _, body = sent(server, f"http://evil.example/documents/{DOCUMENT}", host="evil.example")
    assert status in (400, 404, 421)
    assert "VluchtelingenWerk" not in body


def test_two_lengths_of_one_body_are_not_believed(server):
    status, _, _ = sent(
        server, "/v1/ask", "Content-Length: 2\r\nContent-Length: 200\r\nContent-Type: application/json\r\n", "POST"
    )
    assert status in (400, 413)
    status, _, _ = sent(server, "/v1/ask", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "POST")
    assert status in (400, 408, 413, 422)

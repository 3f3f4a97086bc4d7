"""Pages of other origins: who may ask, what browsers are told, and what is refused here too."""

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings

LISTED, OTHER = "https://intranet.example", "https://evil.example"
QUESTION = {"question": "Spreidingswet"}


@pytest.fixture(scope="module")
def client(letter_index):
    app = create_app(Settings(index_dir=letter_index, origins=(LISTED, "http://127.0.0.1:9000")))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_a_listed_page_may_ask_and_read_the_answer(client):
    response = client.post("/v1/ask", json=QUESTION, headers={"Origin": LISTED})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == LISTED
    assert "Origin" in response.headers["vary"]
    assert "access-control-allow-credentials" not in response.headers


def test_a_listed_page_may_read_why_it_was_refused(client):
    response = client.post("/v1/ask", json={"question": ""}, headers={"Origin": LISTED})
    assert response.status_code == 422
    assert response.headers["access-control-allow-origin"] == LISTED


@pytest.mark.parametrize(
    "origin",
    [
        OTHER, "null", "*", "", LISTED + "/", LISTED + ":443", LISTED.upper(), LISTED + ".evil.example",
        "http://intranet.example", "https://intranet.example@evil.example", f"{LISTED}, {OTHER}", "https://x.intranet.example",
        "http://127.0.0.1:9001", "http://[::1", "javascript://127.0.0.1:8000",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/ask"), ("GET", "/v1/sources"), ("OPTIONS", "/v1/ask")])
def test_any_other_page_is_refused_and_told_nothing(client, origin, method, path):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = client.request(method, path, headers=headers, json=QUESTION if method == "POST" else None)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    assert "Origin" in response.headers["vary"]


def test_a_preflight_of_a_listed_page_is_answered(client):
    asked = {
        "Origin": LISTED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    response = client.options("/v1/ask", headers=asked)
    assert response.status_code == 204
    headers = response.headers
    assert headers["access-control-allow-origin"] == LISTED
    assert headers["access-control-allow-methods"] == "GET, POST"
    allowed = {name.strip().lower() for name in headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "accept"} <= allowed
    assert "*" not in "".join(value for name, value in headers.items() if name.startswith("access-control"))
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("path", ["/", "/v1/sources", "/healthz", "/nergens", "/page.css"])
def test_every_response_says_that_it_depends_on_the_origin(client, path):
    for headers in ({}, {"Origin": LISTED}, {"Origin": OTHER}):
        assert "Origin" in client.get(path, headers=headers).headers["vary"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_that_names_no_origin_is_refused(client, site):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert client.post("/v1/ask", json=QUESTION, headers=headers).status_code == 403
    assert client.get("/v1/sources", headers=headers).status_code == 403
    assert (
        client.get("/", headers={**headers, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"}).status_code == 403
    )


def test_links_from_elsewhere_and_our_own_pages_pass(client):
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/documents/brief-2025-12", headers=linked).status_code == 200
    assert client.get("/v1/sources", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert (
        client.get("/v1/sources", headers={"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}).status_code == 200
    )


def test_files_of_the_widget_may_be_loaded_elsewhere_and_nothing_else(client):
    loading = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    for path in ("/widget.js", "/embed"):
        # A sandboxed page names its origin, "null", with a script tag too.
        for headers in (loading, {**loading, "Origin": "null"}):
            response = client.get(path, headers=headers)
            assert response.status_code == 200
            assert response.headers["cross-origin-resource-policy"] == "cross-origin"
            assert "access-control-allow-origin" not in response.headers
    assert client.get("/v1/widget", headers={**loading, "Origin": "null"}).status_code == 403
    assert client.post("/widget.js", headers={"Origin": "null"}).status_code == 403
    assert client.get("/v1/sources").headers["cross-origin-resource-policy"] == "same-origin"


def test_listed_pages_may_frame_the_embedded_page_and_no_other(client):
    embedded = client.get("/embed").headers
    ancestors = f"frame-ancestors 'self' {LISTED} http://127.0.0.1:9000;"
    assert ancestors in embedded["content-security-policy"]
    assert "x-frame-options" not in embedded
    for path in ("/", "/documents/brief-2025-12", "/v1/sources", "/embed/"):
        other = client.get(path, follow_redirects=False).headers
        assert "frame-ancestors 'self';" in other["content-security-policy"]
        assert other["x-frame-options"] == "SAMEORIGIN"


def test_a_listed_page_may_read_when_to_come_back_and_the_requests_id(client):
    for response in (
        client.post("/v1/ask", json=QUESTION, headers={"Origin": LISTED}),
        client.post("/v1/ask", json={"question": ""}, headers={"Origin": LISTED}),
    ):
        exposed = {name.strip() for name in response.headers["access-control-expose-headers"].split(",")}
        assert {"Retry-After", "X-Request-ID"} <= exposed
        assert response.headers["x-request-id"]

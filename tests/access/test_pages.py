"""The pages, by who may ask: everybody on this machine, holders of a key, who signed in."""

import re
from contextlib import ExitStack
from html import unescape

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from app.access.keys import KeyStore
from app.main import create_app
from app.settings import Settings
from tests.access.test_guarding import BASE, QUESTION, bearer, sign_in
from tests.access.test_oidc import AUDIENCE, ISSUER, issuing

VIEWER = "/documents/brief-2025-12"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ROOT = "/diensten/briefwijzer"
HEADER = "X-Forwarded-Access-Token"


@pytest.fixture(scope="module")
def signing():
    return RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})


@pytest.fixture(scope="module")
def access_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("access")


@pytest.fixture
def store(access_dir):
    opened = KeyStore.open(access_dir)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reading_key(access_dir):
    store = KeyStore.open(access_dir)
    yield store.add("reader", ["ask", "read"])
    store.close()


@pytest.fixture(scope="module")
def clients(letter_index, access_dir, reading_key, signing):
    """A client of the application for each kind of access."""
    with ExitStack() as stack:
        issuer = stack.enter_context(issuing(signing))
        kinds = {
            "open": {},
            "keys": {},
            "oidc": {
                "oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks": issuer.url, "oidc_header": HEADER,
                "trusted_proxies": ("10.0.0.7",),
            },
        }  # fmt: skip
        yield {
            access: stack.enter_context(
                TestClient(
                    create_app(Settings(index_dir=letter_index, access_dir=access_dir, access=access, **more)),
                    base_url=BASE, client=("10.0.0.7", 5),
                )
            )
            for access, more in kinds.items()
        }  # fmt: skip


def test_with_open_access_the_pages_open(clients):
    assert "<briefwijzer-chat" in clients["open"].get("/", headers=BROWSER).text
    assert "<article" in clients["open"].get(VIEWER, headers=BROWSER).text


@pytest.mark.parametrize("access", ["keys", "oidc"])
@pytest.mark.parametrize("path", ["/", VIEWER])
def test_without_a_key_or_a_sign_in_a_page_says_what_to_do(clients, access, path):
    response = clients[access].get(path, headers=BROWSER)
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["www-authenticate"].startswith("Bearer realm=")
    assert '<html lang="nl">' in response.text
    assert "U bent hier niet aangemeld" in response.text
    told = {"keys": "op de pagina van uw intranet", "oidc": "Meld u aan bij uw organisatie"}
    assert [name for name, words in told.items() if words in response.text] == [access]
    assert ("werkt 8 uur" in response.text) == (path == VIEWER)
    for secret in ("<briefwijzer-chat", "<article", "Brief aan de fractievoorzitters"):
        assert secret not in response.text
    assert "You are not signed in here" in clients[access].get(f"{path}?lang=en", headers=BROWSER).text


def test_a_link_that_has_ended_says_so_and_how_to_get_another(clients, reading_key, store):
    client = clients["keys"]
    key = store.add("page for a day", ["ask"])
    address = client.post("/v1/ask", json=QUESTION, headers=bearer(key)).json()["citations"][0]["viewer_url"]
    assert client.get(address, headers=BROWSER).status_code == 200
    store.revoke("page for a day")
    ended = client.get(address, headers=BROWSER)
    assert ended.status_code == 401
    assert "Deze link werkt niet meer" in ended.text
    assert "werkt 8 uur. Stel uw vraag opnieuw, dan krijgt u een nieuwe link." in ended.text
    assert "works for 8 hours" in client.get(address.replace("#", "&lang=en#"), headers=BROWSER).text
    assert "<article" not in ended.text


@pytest.mark.parametrize("path", ["/", VIEWER])
def test_a_program_gets_problem_details_and_not_a_page(clients, path):
    response = clients["keys"].get(path, headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


def test_with_keys_an_answers_link_opens_the_viewer_in_a_browser(clients, reading_key):
    client = clients["keys"]
    asked = client.post("/v1/ask", json=QUESTION, headers=bearer(reading_key)).json()
    address = asked["citations"][0]["viewer_url"]
    page = client.get(address, headers=BROWSER)
    assert page.status_code == 200
    assert 'id="quote"' in page.text
    other = unescape(re.search(r'<a href="([^"]+)" lang="en"', page.text).group(1))
    assert 'id="quote"' in client.get(VIEWER + other, headers=BROWSER).text, "the other language keeps the pass"
    assert client.get("/", headers={**BROWSER, **bearer(reading_key)}).status_code == 200


def test_who_signed_in_opens_both_pages(clients, signing):
    passed = {**BROWSER, HEADER: sign_in(signing)}
    assert "<briefwijzer-chat" in clients["oidc"].get("/", headers=passed).text
    assert "<article" in clients["oidc"].get(VIEWER, headers=passed).text


@pytest.mark.parametrize("access", ["open", "keys", "oidc"])
def test_the_empty_page_for_a_frame_opens_for_everybody(clients, access):
    assert "<briefwijzer-chat" in clients[access].get("/embed", headers=BROWSER).text


def test_under_a_path_the_page_of_a_refusal_leads_to_addresses_under_it(letter_index, access_dir):
    chosen = Settings(index_dir=letter_index, access_dir=access_dir, access="keys", root_path=ROOT)
    with TestClient(create_app(chosen), base_url=BASE) as client:
        for path in ("/", ROOT + "/"):
            page = client.get(path, headers=BROWSER)
            assert page.status_code == 401
            led = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
            assert len(led) > 3
            assert [address for address in led if not address.startswith(f"{ROOT}/")] == []

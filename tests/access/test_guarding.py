"""Who may ask, over the real application: keys, pages' tokens, sign-ins, links, limits."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import openai
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from app.access.keys import KeyStore
from app.access.rules import PERMISSIONS, PUBLIC, needed
from app.main import create_app
from app.settings import Settings
from tests.access.test_oidc import AUDIENCE, ISSUER, issuing
from tests.serving import served

PAGE, OTHER = "https://intranet.example", "https://elsewhere.example"
QUESTION = {"question": "Wat zegt VWN over de Terugkeerverordening?"}
BASE = "http://127.0.0.1:8000"


def bearer(credential, **more):
    return {"Authorization": f"Bearer {credential}", **more}


@pytest.fixture(scope="module")
def access_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("access")


@pytest.fixture(scope="module")
def store(access_dir):
    opened = KeyStore.open(access_dir)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def host_key(store):
    return store.add("host page", ["token"])


@pytest.fixture(scope="module")
def asking_key(store):
    return store.add("asker", ["ask", "search", "read"])


def settings(letter_index, access_dir, **more):
    return Settings(
        index_dir=letter_index, access_dir=access_dir, origins=(PAGE, OTHER), access="keys",
        **{"key_per_minute": 0, "address_per_minute": 0, **more},
    )  # fmt: skip


@pytest.fixture(scope="module")
def client(letter_index, access_dir, store):
    with TestClient(create_app(settings(letter_index, access_dir)), base_url=BASE) as client:
        yield client


def page_token(client, host_key, origin=PAGE, **more):
    response = client.post("/v1/token", json={"origin": origin, **more}, headers=bearer(host_key))
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()["token"]


@pytest.mark.parametrize("credential", [None, "", "bw_", "x", "Bearer", "a.b.c", "bw_0123456789abcdef_" + "a" * 43])
def test_without_a_key_that_holds_nothing_is_told(client, credential):
    for method, path in (
        ("POST", "/v1/ask"),
        ("GET", "/"),
        ("GET", "/nergens"),
        ("GET", "/openapi.json"),
        ("POST", "/v1/token"),
    ):
        headers = {} if credential is None else bearer(credential)
        response = client.request(method, path, headers=headers, json=QUESTION if method == "POST" else None)
        assert response.status_code == 401, path
        assert response.headers["www-authenticate"].startswith("Bearer realm=")
        assert response.headers["content-type"] == "application/problem+json"
        assert "default-src 'none'" in response.headers["content-security-policy"]


def test_refusals_are_in_the_language_of_the_request(client):
    dutch = client.get("/v1/sources").json()["title"]
    english = client.get("/v1/sources", headers={"Accept-Language": "en"}).json()["title"]
    assert (dutch, english) == ("Niet aangemeld", "Not signed in")


@pytest.mark.parametrize(
    "path",
    ["/healthz/", "//healthz", "/healthz/../v1/sources", "/HEALTHZ", "/healthz%2f", "/v1//sources", "/./v1/sources"],
)
def test_a_path_that_looks_public_is_not(client, path):
    assert client.get(path, follow_redirects=False).status_code == 401


def test_probes_need_no_key(client):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_every_route_of_the_service_has_a_rule(client):
    paths = set(client.app.openapi()["paths"])
    assert {path for path in paths if needed(path) is None} <= PUBLIC
    assert needed("/v1/ask") == needed("/v1/chat/completions") == "ask"
    assert needed("/a/path/that/comes/later") == "read"
    assert {needed(path) for path in paths} - {None} <= set(PERMISSIONS)


def test_a_key_does_what_its_scopes_say(client, asking_key, store):
    assert client.post("/v1/ask", json=QUESTION, headers=bearer(asking_key)).status_code == 200
    assert client.post("/v1/search", json={"query": "x"}, headers=bearer(asking_key)).status_code == 200
    assert client.get("/v1/sources", headers=bearer(asking_key)).status_code == 200
    refused = client.post("/v1/token", json={"origin": PAGE}, headers=bearer(asking_key))
    assert refused.status_code == 403
    assert 'error="insufficient_scope", scope="token"' in refused.headers["www-authenticate"]
    narrow = store.add("narrow", ["search"])
    assert client.post("/v1/ask", json=QUESTION, headers=bearer(narrow)).status_code == 403
    assert client.get("/documents/brief-2025-12", headers=bearer(narrow)).status_code == 403


def test_a_key_that_was_used_says_when(client, store):
    used = store.add("used", ["read"])
    assert client.get("/v1/sources", headers=bearer(used)).status_code == 200
    assert next(key for key in store.listed() if key.name == "used").used is not None


def test_a_key_that_was_revoked_ends_at_once(client, store):
    ending = store.add("ending", ["read", "token"])
    token = page_token(client, ending)
    assert client.get("/v1/sources", headers=bearer(token, Origin=PAGE)).status_code == 200
    store.revoke("ending")
    assert client.get("/v1/sources", headers=bearer(ending)).status_code == 401
    assert client.get("/v1/sources", headers=bearer(token, Origin=PAGE)).status_code == 401


def test_a_key_in_a_page_is_refused(client, asking_key):
    response = client.post("/v1/ask", json=QUESTION, headers=bearer(asking_key, Origin=PAGE))
    assert response.status_code == 403
    assert "/v1/token" in response.json()["detail"]


@pytest.mark.parametrize("site", ["same-origin", "same-site", "cross-site"])
def test_a_key_in_a_page_that_only_reads_is_refused_too(client, asking_key, site):
    for path in ("/v1/sources", "/v1/widget", "/documents/brief-2025-12"):
        response = client.get(path, headers=bearer(asking_key, **{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}))
        assert response.status_code == 403, path
    own = client.get("/v1/sources", headers=bearer(asking_key, **{"Sec-Fetch-Site": "same-origin"}))
    assert "A key does not belong in a page" in own.json()["detail"]


def test_a_program_may_use_a_fetch_that_says_how_it_fetches(client, asking_key):
    for said in ({"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Site": "none"}):
        assert client.get("/v1/sources", headers=bearer(asking_key, **said)).status_code == 200


def test_a_page_asks_with_its_token(client, host_key):
    token = page_token(client, host_key)
    response = client.post("/v1/ask", json=QUESTION, headers=bearer(token, Origin=PAGE))
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origin", [OTHER, "http://127.0.0.1:8000", None])
def test_a_token_is_no_good_from_elsewhere(client, host_key, origin):
    headers = bearer(page_token(client, host_key), **({"Origin": origin} if origin else {}))
    response = client.post("/v1/ask", json=QUESTION, headers=headers)
    assert response.status_code == 403
    assert "origin" in response.json()["detail"]


def test_a_token_for_the_services_own_page_is_good_there(client, host_key):
    token = page_token(client, host_key, origin="http://127.0.0.1:8000")
    own = {"Sec-Fetch-Site": "same-origin"}
    assert client.get("/v1/sources", headers=bearer(token, **own)).status_code == 200
    assert (
        client.post("/v1/ask", json=QUESTION, headers=bearer(token, Origin="http://127.0.0.1:8000")).status_code == 200
    )
    assert client.get("/v1/sources", headers=bearer(token, Origin=PAGE)).status_code == 403
    foreign = page_token(client, host_key)
    assert client.get("/v1/sources", headers=bearer(foreign, **own)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"origin": "https://unlisted.example"}, 403),
        ({"origin": "*"}, 422),
        ({"origin": "null"}, 422),
        ({"origin": PAGE + "/"}, 422),
        ({"origin": "x" * 301}, 422),
        ({}, 422),
        ({"origin": PAGE, "ttl_s": 5}, 422),
        ({"origin": PAGE, "ttl_s": 999_999}, 422),
        ({"origin": PAGE, "scopes": ["token"]}, 422),
    ],
)
def test_tokens_are_made_for_listed_pages_alone(client, host_key, body, status):
    assert client.post("/v1/token", json=body, headers=bearer(host_key)).status_code == status


@pytest.mark.parametrize("own", ["http://127.0.0.1:8000", "http://localhost:8000", "http://localhost"])
def test_a_token_for_the_services_own_origin_is_for_where_it_is_served(client, host_key, own):
    def status(origin):
        host = origin.removeprefix("http://")
        return client.post("/v1/token", json={"origin": origin}, headers=bearer(host_key, Host=host)).status_code

    assert status(own) == 200
    # Another server of the same machine, whatever the request says of its host.
    assert status("http://localhost:9999") == 403
    assert status("http://127.0.0.1:80001") in (403, 422)


def test_a_token_lives_no_longer_than_the_settings_allow(client, host_key):
    def lives(**more):
        response = client.post("/v1/token", json={"origin": PAGE, **more}, headers=bearer(host_key))
        return response.json()["expires_in"]

    assert (lives(), lives(ttl_s=60), lives(ttl_s=3_600)) == (600, 60, 600)


def test_a_token_cannot_ask_for_tokens_or_figures(client, host_key):
    token = page_token(client, host_key)
    assert client.post("/v1/token", json={"origin": PAGE}, headers=bearer(token, Origin=PAGE)).status_code == 403
    assert client.get("/metrics", headers=bearer(token, Origin=PAGE)).status_code == 403


def test_an_answers_links_open_without_a_key_and_open_nothing_else(client, host_key, asking_key):
    token = page_token(client, host_key)
    headers = bearer(token, Origin=PAGE, Accept="text/event-stream")
    streamed = client.post("/v1/ask", json=QUESTION, headers=headers).text
    whole = json.loads(streamed.split("event: done\ndata: ")[1])
    answered = client.post("/v1/ask", json=QUESTION, headers=bearer(asking_key)).json()
    for address in (whole["citations"][0]["viewer_url"], answered["citations"][0]["viewer_url"]):
        assert address in streamed or address in json.dumps(answered)
        opened = client.get(address)
        assert opened.status_code == 200
        assert 'id="quote"' in opened.text
    path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
    assert client.get(path).status_code == 401
    for change in (
        {"rev": ["000000000000"]}, {"rev": []}, {"pass": []}, {"pass": [query["pass"][0][:-1] + "_"]},
        {"pass": ["9" + query["pass"][0]]}, {"pass": ["1." + query["pass"][0].split(".", 1)[1]]}, {"pass": ["x" * 9_999]},
        {"pass": [re.sub(r"\.\w+\.", "." + "0" * 16 + ".", query["pass"][0])]},
        {"pass": [re.sub(r"\.\w+\.", ".", query["pass"][0])]},
    ):  # fmt: skip
        assert client.get(path, params={**query, **change}).status_code == 401, change
    assert client.get("/v1" + path, params=query).status_code == 401
    assert client.get("/documents/other", params=query).status_code == 401
    assert client.get("/", params=query).status_code == 401
    assert client.post(path, params=query).status_code == 401


def test_openai_programs_ask_with_a_key_and_are_told_what_is_wrong(letter_index, access_dir, asking_key):
    with served(create_app(settings(letter_index, access_dir))) as address:
        good = openai.OpenAI(base_url=f"{address}/v1", api_key=asking_key, max_retries=0)
        messages = [{"role": "user", "content": QUESTION["question"]}]
        assert (
            "zelfstandige"
            in good.chat.completions.create(model="briefwijzer", messages=messages).choices[0].message.content
        )
        bad = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.AuthenticationError, match="key") as refusal:
            bad.chat.completions.create(model="briefwijzer", messages=messages)
        assert refusal.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            bad.models.list()


def test_a_key_that_asks_too_often_waits_and_others_do_not(letter_index, access_dir, asking_key, store):
    other = store.add("other", ["read"])
    limited = settings(letter_index, access_dir, key_per_minute=1, key_burst=3, address_per_minute=1, address_burst=2)
    with TestClient(create_app(limited), base_url=BASE) as client:
        statuses = [client.get("/v1/sources", headers=bearer(asking_key)).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = client.post("/v1/chat/completions", headers=bearer(asking_key))
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.json()["title"] == "Te veel vragen achter elkaar"
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert client.get("/v1/sources", headers=bearer(other)).status_code == 200
        assert client.get("/healthz").status_code == 200


def test_what_is_public_has_a_generous_limit_of_its_own(letter_index, access_dir, asking_key):
    limited = settings(letter_index, access_dir, address_per_minute=1, address_burst=2)
    with TestClient(create_app(limited), base_url=BASE) as client:
        statuses = [client.get(path).status_code for path in ("/readyz", "/privacy", "/widget.js", "/healthz") * 6]
        assert statuses == [200] * 20 + [429] * 4
        assert client.get("/readyz").headers["retry-after"]
        assert client.get("/v1/sources", headers=bearer(asking_key)).status_code == 200


def test_keys_cannot_be_tried_out_faster_than_the_limit_of_an_address(letter_index, access_dir, store):
    limited = settings(letter_index, access_dir, address_per_minute=1, address_burst=2, trusted_proxies=("127.0.0.1",))
    with TestClient(create_app(limited), base_url=BASE, client=("127.0.0.1", 5)) as client:

        def tried(address):
            return client.get("/v1/sources", headers=bearer("bw_wrong", **{"X-Forwarded-For": address})).status_code

        assert [tried("198.51.100.1") for _ in range(4)] == [401, 401, 429, 429]
        assert tried("198.51.100.2") == 401
        # What the client itself wrote before the proxy did changes nothing.
        assert tried("6.6.6.6, 198.51.100.1") == 429


def test_pages_are_limited_by_their_readers_addresses(letter_index, access_dir, host_key):
    limited = settings(letter_index, access_dir, address_per_minute=1, address_burst=2, trusted_proxies=("127.0.0.1",))
    with TestClient(create_app(limited), base_url=BASE, client=("127.0.0.1", 5)) as client:
        token = page_token(client, host_key)

        def asked(address):
            headers = bearer(token, Origin=PAGE, **{"X-Forwarded-For": address})
            return client.get("/v1/sources", headers=headers).status_code

        assert [asked("198.51.100.1") for _ in range(3)] == [200, 200, 429]
        assert asked("198.51.100.2") == 200


def test_open_access_gives_no_tokens_and_minds_no_key(letter_index):
    app = create_app(Settings(index_dir=letter_index))
    with TestClient(app, base_url=BASE) as client:
        response = client.post("/v1/token", json={"origin": PAGE}, headers=bearer("bw_x"))
        assert response.status_code == 403
        assert "BRIEFWIJZER_ACCESS=keys" in response.json()["detail"]
        assert client.get("/v1/sources", headers=bearer("none")).status_code == 200
        address = client.post("/v1/ask", json=QUESTION).json()["citations"][0]["viewer_url"]
        assert "pass=" not in address


def test_open_access_can_be_limited_too(letter_index):
    app = create_app(Settings(index_dir=letter_index, address_per_minute=1, address_burst=1))
    with TestClient(app, base_url=BASE) as client:
        assert [client.get("/v1/sources").status_code for _ in range(2)] == [200, 429]


@pytest.fixture(scope="module")
def signing():
    return RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})


@pytest.fixture(scope="module")
def signed_in(letter_index, access_dir, signing):
    with issuing(signing) as issuer:
        chosen = Settings(
            index_dir=letter_index, access_dir=access_dir, access="oidc", oidc_issuer=ISSUER, oidc_audience=AUDIENCE,
            oidc_jwks=issuer.url, oidc_header="X-Forwarded-Access-Token", trusted_proxies=("10.0.0.7",),
        )  # fmt: skip
        with TestClient(create_app(chosen), base_url=BASE, client=("10.0.0.7", 5)) as client:
            yield client, create_app(chosen)


def sign_in(key, **more):
    import time

    from joserfc import jwt

    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "iat": now, "exp": now + 300, **more}
    return jwt.encode({"alg": "RS256", "kid": "rsa-1"}, claims, key, ["RS256"])


def test_who_signed_in_asks_by_the_proxys_header_or_by_authorization(signed_in, signing):
    client, _ = signed_in
    passed = {"X-Forwarded-Access-Token": sign_in(signing)}
    assert client.get("/", headers=passed).status_code == 200
    assert client.post("/v1/ask", json=QUESTION, headers=passed).status_code == 200
    assert client.post("/v1/ask", json=QUESTION, headers=bearer(sign_in(signing))).status_code == 200
    assert client.post("/v1/token", json={"origin": PAGE}, headers=passed).status_code == 403


def test_the_proxys_header_counts_from_the_proxy_alone(signed_in, signing):
    _, app = signed_in
    with TestClient(app, base_url=BASE, client=("10.0.0.8", 5)) as stranger:
        assert stranger.get("/", headers={"X-Forwarded-Access-Token": sign_in(signing)}).status_code == 401


def test_a_sign_in_that_does_not_hold_is_refused(signed_in, signing):
    client, _ = signed_in
    for wrong in (sign_in(signing, aud="other"), sign_in(signing, exp=1), sign_in(signing)[:-6] + "AAAAAA", "x.y.z"):
        response = client.get("/", headers={"X-Forwarded-Access-Token": wrong})
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_programs_use_keys_beside_sign_ins(signed_in, asking_key):
    client, _ = signed_in
    assert client.get("/v1/sources", headers=bearer(asking_key)).status_code == 200


def test_a_sign_in_counts_for_nothing_where_keys_are_asked_for(client, signing):
    assert client.get("/v1/sources", headers=bearer(sign_in(signing))).status_code == 401

"""Sign-ins by OIDC tokens, against a small issuer on loopback."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.access.oidc import Jwks, JwksFile, JwksUrl, Oidc, public_keys
from app.errors import SettingsError, UnauthorizedError

ISSUER, AUDIENCE = "https://login.example/realm", "briefwijzer"
NOW = 1_800_000_000


class Clock:
    def __init__(self, now=100.0):
        self.now = now

    def __call__(self):
        return self.now


class Issuer(ThreadingHTTPServer):
    """Serves ``keys`` as a JWKS document; counts how often it was asked; ``status`` and ``body`` say otherwise."""

    daemon_threads = True
    keys = ()
    asked = 0
    status = 200
    body = None


class _Handler(BaseHTTPRequestHandler):
    server: Issuer

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked += 1
        document = {"keys": [key.as_dict(private=False) for key in self.server.keys]}
        body = self.server.body or json.dumps(document).encode()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def issuing(*keys):
    server = Issuer(("127.0.0.1", 0), _Handler)
    server.keys = keys
    server.url = f"http://127.0.0.1:{server.server_address[1]}/certs"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture(scope="module")
def rsa():
    return RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})


@pytest.fixture(scope="module")
def ec():
    return ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})


@pytest.fixture(scope="module")
def stranger():
    return RSAKey.generate_key(2048, {"kid": "rsa-1"})


def token(key, alg="RS256", kid="rsa-1", header=None, **more):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "anna@example.org", "iat": NOW - 5, "exp": NOW + 300, **more}
    claims = {name: value for name, value in claims.items() if value is not None}
    named = {"kid": kid} if kid else {}
    return jwt.encode({"alg": alg, **named, **(header or {})}, claims, key, [alg])


def checking(source, clock=None, algorithms=("RS256", "ES256")):
    return Oidc(ISSUER, AUDIENCE, algorithms, Jwks(source, clock or Clock()), now=lambda: NOW)


@pytest.fixture
def file(tmp_path, rsa, ec):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [rsa.as_dict(private=False), ec.as_dict(private=False)]}))
    return JwksFile(path)


def test_who_signed_in_may_ask_and_is_not_named(file, rsa, ec):
    caller = checking(file).caller(token(rsa))
    assert caller.kind == "user"
    assert "token" not in caller.permissions
    assert "anna" not in f"{caller}"
    assert checking(file).caller(token(ec, "ES256", "ec-1")).id == caller.id
    assert checking(file).caller(token(rsa, sub="bert")).id != caller.id


def test_an_audience_may_be_one_of_several_and_issuers_may_add_fields(file, rsa):
    assert checking(file).caller(token(rsa, aud=["other", AUDIENCE], header={"typ": "at+jwt", "x5t#S256": "a" * 43}))


def test_a_token_may_name_no_key(file, rsa):
    assert checking(file).caller(token(rsa, kid=None))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"aud": []},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "later"},
        {"nbf": NOW + 300},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_a_wrong_issuer_audience_or_time_does_not_hold(file, rsa, wrong):
    with pytest.raises(UnauthorizedError):
        checking(file).caller(token(rsa, **wrong))


def test_a_signature_of_another_key_under_the_same_id_does_not_hold(file, stranger):
    with pytest.raises(UnauthorizedError):
        checking(file).caller(token(stranger))


def segment(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, 5])
def test_no_signature_does_not_hold(file, alg):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": NOW + 300}
    with pytest.raises(UnauthorizedError):
        checking(file).caller(f"{segment({'alg': alg, 'kid': 'rsa-1'})}.{segment(claims)}.")


@pytest.mark.parametrize("form", ["pem", "der", "modulus"])
def test_the_public_key_is_never_taken_for_a_shared_secret(file, rsa, form):
    public = {
        "pem": rsa.as_pem(private=False),
        "der": rsa.as_der(private=False),
        "modulus": base64.urlsafe_b64decode(rsa.as_dict(private=False)["n"] + "=="),
    }[form]
    import hashlib
    import hmac

    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": NOW + 300}
    signed = f"{segment({'alg': 'HS256', 'kid': 'rsa-1', 'typ': 'JWT'})}.{segment(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), hashlib.sha256)).decode().rstrip("=")
    with pytest.raises(UnauthorizedError):
        checking(file).caller(f"{signed}.{signature}")


def test_a_symmetric_key_in_the_issuers_document_is_not_used(tmp_path, rsa):
    shared = OctKey.import_key(b"s" * 40, {"kid": "shared"})
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [rsa.as_dict(private=False), shared.as_dict(private=True)]}))
    with pytest.raises(UnauthorizedError):
        checking(JwksFile(path)).caller(token(shared, "HS256", "shared"))
    assert len(public_keys(path.read_bytes())) == 1


def test_an_algorithm_that_is_not_listed_does_not_hold(file, ec):
    with pytest.raises(UnauthorizedError, match="algorithm"):
        checking(file, algorithms=("RS256",)).caller(token(ec, "ES256", "ec-1"))


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256",), ("RS256", "HS512")])
def test_algorithms_that_anybody_could_sign_by_stop_the_start(file, algorithms):
    with pytest.raises(SettingsError, match="RS256"):
        checking(file, algorithms=algorithms)


def test_a_key_inside_the_token_is_not_believed(file, stranger):
    with pytest.raises(UnauthorizedError):
        checking(file).caller(token(stranger, header={"jwk": stranger.as_dict(private=False)}))


def test_a_critical_field_that_is_not_understood_does_not_hold(file, rsa):
    header, payload, _ = token(rsa).split(".")
    del header
    forged = segment({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": 1})
    with pytest.raises(UnauthorizedError):
        checking(file).caller(f"{forged}.{payload}.AAAA")


def test_keys_at_an_address_are_fetched_once_and_kept(rsa):
    with issuing(rsa) as issuer:
        oidc = checking(JwksUrl(issuer.url))
        assert oidc.needs_fetch(token(rsa))
        for _ in range(5):
            assert oidc.caller(token(rsa))
        assert not oidc.needs_fetch(token(rsa))
        assert issuer.asked == 1


def test_a_new_key_is_fetched_when_a_token_names_it(rsa, ec):
    clock = Clock()
    with issuing(rsa) as issuer:
        oidc = checking(JwksUrl(issuer.url), clock)
        assert oidc.caller(token(rsa))
        issuer.keys = (rsa, ec)
        clock.now += 31
        assert oidc.caller(token(ec, "ES256", "ec-1"))
        assert issuer.asked == 2


def test_invented_key_ids_do_not_make_the_service_flood_the_issuer(rsa):
    clock = Clock()
    with issuing(rsa) as issuer:
        oidc = checking(JwksUrl(issuer.url), clock)
        for number in range(50):
            with pytest.raises(UnauthorizedError):
                oidc.caller(token(rsa, kid=f"invented-{number}"))
            clock.now += 1
        assert issuer.asked <= 2
        assert oidc.caller(token(rsa))


def test_a_key_that_the_issuer_dropped_ends_within_the_hour(rsa, ec):
    clock = Clock()
    with issuing(rsa, ec) as issuer:
        oidc = checking(JwksUrl(issuer.url), clock)
        assert oidc.caller(token(rsa))
        issuer.keys = (ec,)
        clock.now += 3_601
        with pytest.raises(UnauthorizedError):
            oidc.caller(token(rsa))


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, None), (302, None), (200, b"<html>"), (200, b'{"keys": []}'), (200, b'{"keys": "x"}'), (200, b"[1]"),
     (200, b" " * 1_100_000), (200, b"[" * 5_000), (200, b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": 5}]}')],
)  # fmt: skip
def test_while_the_issuer_fails_the_keys_that_were_read_go_on_holding(rsa, status, body):
    clock = Clock()
    with issuing(rsa) as issuer:
        oidc = checking(JwksUrl(issuer.url), clock)
        assert oidc.caller(token(rsa))
        issuer.status, issuer.body = status, body
        clock.now += 7_200
        assert oidc.caller(token(rsa))
        assert issuer.asked == 2


def test_without_any_keys_nobody_is_let_in(rsa, tmp_path):
    with pytest.raises(UnauthorizedError):
        checking(JwksFile(tmp_path / "missing.json")).caller(token(rsa))
    with issuing(rsa) as issuer:
        gone = issuer.url
    with pytest.raises(UnauthorizedError):
        checking(JwksUrl(gone)).caller(token(rsa))

"""Pages' tokens: what holds, and what does not however it is signed."""

import base64
import json
import os
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from app.access.keys import KeyStore
from app.access.tokens import TYPE, PageTokens, is_page_token, page_secret
from app.errors import SettingsError, UnauthorizedError

SECRET = b"0123456789abcdefghijklmnopqrstuvwxyz"
ORIGIN = "https://intranet.example"


@pytest.fixture
def keys(tmp_path, clock):
    store = KeyStore.open(tmp_path / "access", clock)
    yield store
    store.close()


@pytest.fixture
def tokens(keys, clock):
    return PageTokens(SECRET, keys, clock)


@pytest.fixture
def key(keys):
    return keys.checked(keys.add("intranet", ["token"]))


def signed(claims, secret=SECRET, header=None):
    return jwt.encode(header or {"alg": "HS256", "typ": TYPE}, claims, OctKey.import_key(secret), ["HS256", "HS512"])


def claims(key, clock, **more):
    good = {"iss": "briefwijzer", "aud": "briefwijzer", "sub": key.id, "origin": ORIGIN, "iat": int(clock.now)}
    return {**good, "exp": int(clock.now) + 60, **more}


def test_a_token_names_its_key_and_origin(tokens, key):
    caller = tokens.caller(tokens.make(key.id, ORIGIN, 60))
    assert (caller.kind, caller.name, caller.origin) == ("page", "intranet", ORIGIN)
    assert "token" not in caller.permissions
    assert "metrics" not in caller.permissions


def test_a_token_ends_with_its_time(tokens, key, clock):
    token = tokens.make(key.id, ORIGIN, 60)
    clock.now += 59
    assert tokens.caller(token)
    clock.now += 10
    with pytest.raises(UnauthorizedError, match="expired"):
        tokens.caller(token)


def test_a_token_ends_with_the_key_that_it_was_asked_for_by(tokens, key, keys):
    token = tokens.make(key.id, ORIGIN, 60)
    keys.revoke("intranet")
    with pytest.raises(UnauthorizedError, match="revoked"):
        tokens.caller(token)


def test_the_test_makes_tokens_as_the_service_does(tokens, key, clock):
    assert tokens.caller(signed(claims(key, clock))).name == "intranet"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1},
        {"iat": 4_000_000_000},
        {"sub": "0" * 16},
        {"sub": None},
        {"sub": ["x"]},
        {"origin": None},
        {"origin": ["https://intranet.example"]},
        {"origin": ""},
        {"nbf": 4_000_000_000},
    ],
)
def test_claims_that_are_not_as_they_should_be_do_not_hold(tokens, key, clock, wrong):
    with pytest.raises(UnauthorizedError):
        tokens.caller(signed({k: v for k, v in claims(key, clock, **wrong).items() if v is not None}))


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        (b"another secret of thirty-two bytes..", None),
        (SECRET, {"alg": "HS512", "typ": TYPE}),
        (SECRET, {"alg": "HS256", "typ": "JWT"}),
        (SECRET, {"alg": "HS256"}),
    ],
)
def test_another_secret_algorithm_or_type_does_not_hold(tokens, key, clock, secret, header):
    with pytest.raises(UnauthorizedError):
        tokens.caller(signed(claims(key, clock), secret, header))


def segment(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 1, ["HS256"]])
def test_a_token_without_a_signature_does_not_hold(tokens, key, clock, alg):
    token = f"{segment({'alg': alg, 'typ': TYPE})}.{segment(claims(key, clock))}."
    assert is_page_token(token)
    with pytest.raises(UnauthorizedError):
        tokens.caller(token)


def test_a_payload_that_was_changed_does_not_hold(tokens, key, clock):
    header, _, signature = tokens.make(key.id, ORIGIN, 60).split(".")
    forged = segment(claims(key, clock, origin="https://evil.example"))
    with pytest.raises(UnauthorizedError):
        tokens.caller(f"{header}.{forged}.{signature}")


@given(st.text(max_size=80) | st.lists(st.text(max_size=20), min_size=3, max_size=3).map(".".join))
def test_whatever_is_sent_is_refused_without_a_fault(text):
    tokens = PageTokens(SECRET, keys=None)
    assert not is_page_token(text)
    with pytest.raises(UnauthorizedError) as refusal:
        tokens.caller(text)
    assert len(text) < 12 or text not in str(refusal.value)


def test_the_secret_is_made_once_and_closed_to_others(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(page_secret(None, tmp_path / "access"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) >= 32
    assert stat.S_IMODE((tmp_path / "access" / "token.secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "access").iterdir()] == ["token.secret"]


def test_a_secret_that_others_may_read_stops_the_start(tmp_path):
    page_secret(None, tmp_path)
    (tmp_path / "token.secret").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        page_secret(None, tmp_path)


def test_a_secret_that_is_too_short_stops_the_start(tmp_path):
    descriptor = os.open(tmp_path / "token.secret", os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(descriptor, b"short")
    os.close(descriptor)
    with pytest.raises(SettingsError, match="fewer than 32"):
        page_secret(None, tmp_path)


def test_a_secret_that_is_given_is_kept_nowhere(tmp_path):
    assert page_secret("x" * 40, tmp_path / "access") == b"x" * 40
    assert not (tmp_path / "access").exists()


@pytest.mark.parametrize("jump", [-400 * 86_400, -3_600, 3_600, 400 * 86_400])
def test_after_a_jump_of_the_clock_a_new_token_holds_and_an_old_one_for_no_longer_than_it_was_given(
    tokens, key, clock, jump
):
    old = tokens.make(key.id, ORIGIN, 60)
    clock.now += jump
    assert tokens.caller(tokens.make(key.id, ORIGIN, 60)).name == "intranet"
    if jump > 0:
        with pytest.raises(UnauthorizedError):
            tokens.caller(old)
    clock.now += abs(jump) + 120
    with pytest.raises(UnauthorizedError):
        tokens.caller(old)

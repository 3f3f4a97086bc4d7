"""Settings that would open the service to the world stop the start, and say what to do."""

import json

import pytest
from joserfc.jwk import OKPKey

from app.access.refusals import check_open_access, is_container, wide_proxies
from app.errors import SettingsError
from app.settings import Settings

OIDC = {
    "access": "oidc", "oidc_issuer": "https://login.example", "oidc_audience": "briefwijzer",
    "oidc_jwks": "https://login.example/certs",
}  # fmt: skip


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "intranet.example", "127.0.0.1.evil.example"])
def test_open_access_beyond_this_machine_is_refused(host):
    with pytest.raises(SettingsError, match="BRIEFWIJZER_ACCESS to keys or oidc") as error:
        Settings.load(host=host)
    assert host in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_open_access_on_this_machine_starts(host):
    assert Settings.load(host=host).access == "open"


def test_keys_may_serve_beyond_this_machine():
    assert Settings.load(host="0.0.0.0", access="keys").host == "0.0.0.0"


def test_a_container_published_on_loopback_starts(monkeypatch):
    monkeypatch.setenv("container", "podman")
    assert Settings.load(host="0.0.0.0", in_container=True).access == "open"
    assert Settings.load(host="0.0.0.0", in_container=True, hosts=("localhost",)).access == "open"


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0", "in_container": True, "hosts": ("chat.example",)},
        {"hosts": ("chat.example",)},
        {"hosts": ("localhost", "chat.example"), "root_path": "/briefwijzer"},
        {"root_path": "/briefwijzer"},
    ],
)
def test_what_others_reach_by_a_name_or_a_path_is_open_on_purpose_alone(given, monkeypatch):
    monkeypatch.setenv("container", "podman")
    with pytest.raises(SettingsError, match=r"keys or oidc.*BRIEFWIJZER_ACCESS=open"):
        Settings.load(**given)
    assert Settings.load(**given, access="open").access == "open"
    assert Settings.load(**given, access="keys").access == "keys"


def test_a_machine_that_is_no_container_does_not_pass_for_one():
    chosen = {"host": "0.0.0.0", "hosts": (), "root_path": "", "in_container": True}
    with pytest.raises(ValueError, match=r"BRIEFWIJZER_IN_CONTAINER.*keys or oidc.*BRIEFWIJZER_ACCESS=open"):
        check_open_access(**chosen, is_container=False, on_purpose=False)
    check_open_access(**chosen, is_container=False, on_purpose=True)
    check_open_access(**chosen, is_container=True, on_purpose=False)
    check_open_access(**{**chosen, "host": "127.0.0.1"}, is_container=False, on_purpose=False)


def test_a_container_is_known_by_what_runs_it(tmp_path):
    assert not is_container(tmp_path, {})
    assert is_container(tmp_path, {"container": "podman"})
    assert is_container(tmp_path, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    groups = tmp_path / "proc" / "1" / "cgroup"
    groups.parent.mkdir(parents=True)
    groups.write_text("0::/init.scope\n", encoding="ascii")
    assert not is_container(tmp_path, {})
    groups.write_text("1:name=systemd:/docker/0123abcd\n", encoding="ascii")
    assert is_container(tmp_path, {})
    groups.unlink()
    (tmp_path / ".dockerenv").touch()
    assert is_container(tmp_path, {})


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "", "intranet.example", "https://intranet.example/", "https://intranet.example/page",
        "https://*.example", "HTTPS://intranet.example", "https://Intranet.example", "https://user@intranet.example",
        "https://intranet.example:443", "http://intranet.example:80", "https://intranet.example:0",
        "https://intranet.example:99999", "https://intranet.example?x", "https://intranet.example#x", "file:///",
        "https://intranet.example\n", " https://intranet.example", "https://a..b", "https://", "ftp://intranet.example",
        "https://intranet.example https://evil.example", "https://intranet.example;script-src *", "https://é.example",
        "https://" + "a" * 400,
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(origin):
    with pytest.raises(SettingsError, match="BRIEFWIJZER_ORIGINS"):
        Settings.load(origins=("https://intranet.example", origin))


@pytest.mark.parametrize(
    "origin",
    ["https://intranet.example", "http://127.0.0.1:9000", "https://a-b.c_d.example:8443", "http://localhost:5173", "http://[::1]:8000"],
)  # fmt: skip
def test_exact_origins_are_taken(origin):
    assert Settings.load(origins=(origin,)).origins == (origin,)


@pytest.mark.parametrize("secret", ["short", "a" * 64, "x" * 31])
def test_a_weak_token_secret_is_refused_and_not_repeated(secret):
    with pytest.raises(SettingsError, match="openssl rand") as error:
        Settings.load(access="keys", token_secret=secret)
    assert secret not in str(error.value)


@pytest.mark.parametrize("secret", ["short", "a" * 64, "abcdefghi" * 8])
def test_a_weak_answer_key_is_refused_and_not_repeated(secret):
    with pytest.raises(SettingsError, match=r"BRIEFWIJZER_ANSWER_KEY is too weak.*openssl rand") as error:
        Settings.load(answer_key=secret)
    assert secret not in str(error.value)
    assert Settings.load(answer_key="vGsV0d8a5qX1rZ3kT7yB9nM2cL4pW6eH")


@pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_audience", "oidc_jwks"])
def test_half_an_issuer_is_refused(missing):
    with pytest.raises(SettingsError, match=missing.upper()):
        Settings.load(**{name: value for name, value in OIDC.items() if name != missing})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"oidc_algorithms": ("RS256", "none")}, "OIDC_ALGORITHMS"),
        ({"oidc_algorithms": ("HS256",)}, "OIDC_ALGORITHMS"),
        ({"oidc_algorithms": ()}, "OIDC_ALGORITHMS"),
        ({"oidc_jwks": "http://login.example/certs"}, "https"),
        ({"oidc_jwks": "no/such/file.json"}, "no such file"),
        ({"oidc_header": "X-Forwarded-Access-Token"}, "TRUSTED_PROXIES"),
        ({"oidc_header": "X Y", "trusted_proxies": ("10.0.0.1",)}, "OIDC_HEADER"),
        ({"access": "open"}, "OIDC_ISSUER"),
        ({"access": "keys"}, "OIDC_ISSUER"),
        (
            {"access": "keys", "oidc_issuer": None, "oidc_audience": None, "oidc_jwks": None, "oidc_header": "X-Token"},
            "OIDC_HEADER is set, but BRIEFWIJZER_ACCESS = 'keys'",
        ),
    ],
)
def test_a_sign_in_that_could_be_forged_is_refused(change, named):
    with pytest.raises(SettingsError, match=named):
        Settings.load(**{**OIDC, **change})


def test_a_whole_issuer_starts():
    assert Settings.load(**OIDC).access == "oidc"
    assert Settings.load(**{**OIDC, "oidc_jwks": "http://127.0.0.1:8080/certs"}).access == "oidc"


@pytest.mark.parametrize(
    "document", ["", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "<html>"]
)
def test_a_file_that_holds_no_issuers_keys_is_refused(document, tmp_path):
    path = tmp_path / "certs.json"
    path.write_text(document, encoding="ascii")
    with pytest.raises(SettingsError, match=r"OIDC_JWKS = .*certs\.json.*jwks_uri"):
        Settings.load(**{**OIDC, "oidc_jwks": str(path)})


def test_a_file_with_an_issuers_keys_starts(tmp_path):
    path = tmp_path / "certs.json"
    public = OKPKey.generate_key("Ed25519").as_dict(private=False)
    path.write_text(json.dumps({"keys": [public]}), encoding="ascii")
    assert Settings.load(**{**OIDC, "oidc_jwks": str(path)}).oidc_jwks == str(path)


def test_wide_networks_of_proxies_are_told():
    given = ("10.0.0.5/32", "172.18.0.0/16", "192.168.1.0/24", "10.0.0.0/8", "fd00::/8", "fd00:1:2:3::/64")
    assert wide_proxies(given) == ["172.18.0.0/16", "10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    "proxies",
    [
        ("0.0.0.0/0",), ("::/0",), ("proxy.example",), ("10.0.0.0/40",), ("0.0.0.0/1", "128.0.0.0/1"), ("128.0.0.0/3",),
        ("::/1", "8000::/1"), tuple(f"{first}.0.0.0/8" for first in range(256)),
    ],
)  # fmt: skip
def test_proxies_that_are_everybody_or_nobody_are_refused(proxies):
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        Settings.load(trusted_proxies=proxies)


def test_limits_are_on_where_others_can_ask_and_off_where_only_this_machine_can():
    assert Settings.load().per_minute == (0, 0)
    key, address = Settings.load(access="keys").per_minute
    assert key > address > 0
    assert Settings.load(access="keys", key_per_minute=0, address_per_minute=0).per_minute == (0, 0)
    assert Settings.load(address_per_minute=7).per_minute == (0, 7)


def test_a_list_that_is_no_json_is_named(monkeypatch):
    monkeypatch.setenv("BRIEFWIJZER_ORIGINS", "https://intranet.example")
    with pytest.raises(SettingsError, match=r"origins.*JSON"):
        Settings.load()


def test_a_secret_in_a_wrong_setting_is_not_repeated(monkeypatch):
    monkeypatch.setenv("BRIEFWIJZER_ACCESS", "closed")
    monkeypatch.setenv("BRIEFWIJZER_TOKEN_SECRET", "very-secret-and-long-enough-0123456789")
    with pytest.raises(SettingsError, match="BRIEFWIJZER_ACCESS = 'closed'") as error:
        Settings.load()
    assert "very-secret" not in str(error.value)

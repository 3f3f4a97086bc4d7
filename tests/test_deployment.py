"""What operators are given: compose.yaml, the proxy's and systemd's files, and the document that explains them."""

import configparser
import ipaddress
import json
import re
from pathlib import Path

import pytest
import yaml

from app.access.rules import LOADED_ELSEWHERE, PUBLIC, needed
from app.errors import SettingsError
from app.settings import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def known(names):
    return {name for name in names if name not in Settings.model_fields}


def test_compose_starts_the_service_and_its_schedule_without_a_profile(compose):
    plain = {name for name, service in compose["services"].items() if "profiles" not in service}
    assert plain == {"briefwijzer", "refresh"}
    assert compose["services"]["briefwijzer"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ingest --refresh" in compose["services"]["refresh"]["command"][-1]
    assert compose["services"]["refresh"]["volumes"] == compose["services"]["briefwijzer"]["volumes"]


def test_compose_has_replicas_on_a_chroma_server_of_the_client_s_version(compose):
    services = {name: s for name, s in compose["services"].items() if "replicas" in s.get("profiles", ())}
    assert {"chroma", "replica-1", "replica-2", "replicas-refresh"} == set(services)
    pinned = re.search(r"^chromadb==(\S+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert services["chroma"]["image"] == f"chromadb/chroma:{pinned.group(1)}"
    for name in ("replica-1", "replica-2", "replicas-refresh"):
        assert services[name]["environment"]["BRIEFWIJZER_CHROMA_URL"] == "http://chroma:8000"
        assert "replicas-index:/srv/briefwijzer/index" in services[name]["volumes"]
    assert "ports" not in services["chroma"], "it has no access control of its own"


def test_the_proxy_passes_to_what_is_there(compose):
    services = compose["services"]
    caddy = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    upstreams = set(re.findall(r"reverse_proxy ([\w-]+:\d+)", caddy))
    assert upstreams == {"oauth2-proxy:4180", "briefwijzer:8000"}
    assert services["oauth2-proxy"]["environment"]["OAUTH2_PROXY_UPSTREAMS"] == "http://briefwijzer:8000/"
    assert services["briefwijzer"]["ports"] == ["127.0.0.1:8000:8000"], "reached from elsewhere through the proxy alone"
    answering = {
        name for name, service in services.items() if "index:/srv/briefwijzer/index" in service.get("volumes", ())
    }
    assert answering == {"briefwijzer", "refresh"}, "no second service, with an access of its own, over the same index"


def test_what_passes_the_sign_in_is_what_needs_none_or_shows_something_else():
    caddy = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    public = re.search(r"@public path (.+)", caddy).group(1).split()
    assert set(public) <= PUBLIC
    assert set(public) >= LOADED_ELSEWHERE
    assert '@bearer header Authorization "Bearer *"' in caddy
    assert needed("/v1/token") is not None, "a key is shown for it"


def filled_in(text, variables):
    """Return a value with its ${…} filled in as Compose does, the innermost first."""
    found = re.compile(r"\$\{(\w+)(?:(:[-+])([^{}]*))?\}")

    def value(match):
        name, how, other = match.groups()
        given = variables.get(name, "")
        return (other if given else "") if how == ":+" else given or other or ""

    while found.search(text):
        text = found.sub(value, text)
    assert "$" not in text
    return text


def settings_of(service, dotenv, monkeypatch):
    """Return the settings that a service of the compose file starts with: .env, then its environment, over the image's own."""
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    monkeypatch.setenv("container", "docker")
    for name, value in re.findall(r"(BRIEFWIJZER_\w+)=(\S+)", image):
        monkeypatch.setenv(name, value)
    assert service["env_file"] == [{"path": ".env", "required": False}]
    for name, value in dotenv.items():
        if name.startswith("BRIEFWIJZER_"):
            monkeypatch.setenv(name, value)
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, filled_in(value, dotenv))
    return Settings.load()


SIGN_IN = {
    "SITE": "chat.example", "OIDC_ISSUER": "https://login.example/realms/staff", "OIDC_CLIENT_ID": "briefwijzer",
    "OIDC_JWKS": "https://login.example/certs",
}  # fmt: skip


@pytest.mark.parametrize("name", ["briefwijzer", "refresh", "replica-1", "replica-2", "replicas-refresh"])
@pytest.mark.parametrize(
    ("dotenv", "expected"),
    [
        ({}, {"access": "open", "hosts": ("localhost",)}),
        (SIGN_IN, {"access": "oidc", "hosts": ("chat.example",), "oidc_audience": "briefwijzer"}),
        (
            {
                "BRIEFWIJZER_ACCESS": "keys", "BRIEFWIJZER_ORIGINS": '["https://intranet.example"]',
                "BRIEFWIJZER_HOSTS": '["chat.example", "10.1.2.3"]', "BRIEFWIJZER_WORKERS": "2",
                "BRIEFWIJZER_HOST": "127.0.0.1", "BRIEFWIJZER_INDEX_DIR": "somewhere/else",
            },
            {"access": "keys", "origins": ("https://intranet.example",), "hosts": ("chat.example", "10.1.2.3"), "workers": 2},
        ),
    ],
)  # fmt: skip
def test_what_stands_in_dotenv_is_what_the_containers_start_with(compose, name, dotenv, expected, monkeypatch):
    settings = settings_of(compose["services"][name], dotenv, monkeypatch)
    assert {field: getattr(settings, field) for field in expected} == expected
    assert (settings.host, settings.port, str(settings.index_dir)) == ("0.0.0.0", 8000, "/srv/briefwijzer/index")
    assert settings.trusted_proxies == ("172.30.83.10/32", "172.30.83.11/32")


def test_under_a_name_the_containers_do_not_start_open_by_default(compose, monkeypatch):
    with pytest.raises(SettingsError, match="BRIEFWIJZER_ACCESS to keys or oidc"):
        settings_of(compose["services"]["briefwijzer"], {"SITE": "chat.example"}, monkeypatch)


def test_the_trusted_proxies_are_those_of_the_compose_file(compose):
    addresses = {
        filled_in(compose["services"][name]["networks"]["default"]["ipv4_address"], {})
        for name in ("caddy", "oauth2-proxy")
    }
    trusted = json.loads(
        filled_in(compose["services"]["briefwijzer"]["environment"]["BRIEFWIJZER_TRUSTED_PROXIES"], {})
    )
    assert set(trusted) == addresses
    subnet = ipaddress.ip_network(filled_in(compose["networks"]["default"]["ipam"]["config"][0]["subnet"], {}))
    assert all(ipaddress.ip_address(address) in subnet for address in addresses)


def test_every_variable_that_compose_takes_is_explained(compose):
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    explained = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8") + (ROOT / "README.md").read_text(
        encoding="utf-8"
    )
    for name in set(re.findall(r"\$\{(\w+)", text)):
        assert f"`{name}`" in explained or name.startswith("BRIEFWIJZER_"), name


def test_containers_that_answer_are_unprivileged_read_only_and_given_time_to_stop(compose):
    for name, service in compose["services"].items():
        if service.get("image") != "briefwijzer":
            assert re.fullmatch(r"[\w./-]+:v?\d[\w.]*", service["image"]), name
            continue
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert int(service["stop_grace_period"].rstrip("s")) > Settings.model_fields["drain_s"].default
        for setting in service.get("environment", {}):
            assert not known([setting.removeprefix("BRIEFWIJZER_").lower()]), setting


def test_every_volume_is_declared_and_every_file_is_there(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"], source


def test_the_units_stop_later_than_requests_drain():
    for path in sorted((ROOT / "deploy").glob("*.service")):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read_string(path.read_text(encoding="utf-8"))
        service = unit["Service"]
        assert re.match(r"/srv/briefwijzer/\.venv/bin/briefwijzer (serve|ingest)", service["ExecStart"])
        assert service["ReadWritePaths"] == "/srv/briefwijzer/index"
        if "serve" in service["ExecStart"]:
            assert int(service["TimeoutStopSec"]) > Settings.model_fields["drain_s"].default
            assert int(service["LimitNOFILE"]) > Settings.model_fields["connections"].default + 128


def test_the_installation_makes_what_the_units_run_as_and_write_to():
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "deploy").glob("*.service")):
        unit = path.read_text(encoding="utf-8")
        user, folder, writes, program = (
            re.search(rf"^{name}=(\S+)", unit, re.MULTILINE).group(1)
            for name in ("User", "WorkingDirectory", "ReadWritePaths", "ExecStart")
        )
        assert re.search(rf"useradd --system --home-dir {folder} .* {user}$", text, re.MULTILINE)
        assert f"install -d -o {user} -g {user} -m 750 {writes}" in text
        assert f"--uid={user} --working-directory={folder}" in text
        assert f"  {program} keys add" in text


def test_the_example_for_prometheus_shows_a_key_that_may_read_the_metrics():
    text = (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")
    [job] = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1))["scrape_configs"]
    assert job["authorization"] == {"type": "Bearer", "credentials_file": "/etc/prometheus/briefwijzer.key"}
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8000"]}]
    assert re.search(r"keys add prometheus --scope (\w+)", text).group(1) == needed("/metrics")


@pytest.mark.parametrize("document", ["docs/operating.md", "README.md"])
def test_every_setting_that_is_explained_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert not known(name.lower() for name in re.findall(r"BRIEFWIJZER_([A-Z_]+[A-Z])\b", text))


def test_what_operating_says_to_run_exists():
    from typer.testing import CliRunner

    from app.cli import cli

    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for command in set(re.findall(r"briefwijzer (versions \w+|ingest|serve)\b", text)):
        assert CliRunner().invoke(cli, [*command.split(), "--help"]).exit_code == 0, command
    for path in re.findall(r"`(deploy/[\w.-]+|compose\.yaml|CHANGELOG\.md)`", text):
        assert (ROOT / path).exists(), path

"""What operators are given: compose.yaml, the proxy's and systemd's files, and the document that explains them."""

import configparser
import re
from pathlib import Path

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parent.parent
# The names of access control, which is documented apart.
_ACCESS = {"access", "hosts", "oidc_issuer", "oidc_audience", "oidc_jwks"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def known(names):
    return {name for name in names if name not in _ACCESS and name not in Settings.model_fields}


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
    upstream = re.search(r"reverse_proxy ([\w-]+):4180", (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8"))
    assert "proxy" in services[upstream.group(1)]["profiles"]
    target = re.match(r"http://([\w-]+):8000/", services["oauth2-proxy"]["environment"]["OAUTH2_PROXY_UPSTREAMS"])
    assert services[target.group(1)]["environment"]["BRIEFWIJZER_ACCESS"] == "oidc"
    assert "ports" not in services[target.group(1)], "reached through the proxy alone"


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

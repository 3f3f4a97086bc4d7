"""What is installed elsewhere works there: the wheel with its data, and the container as far as it can be read."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    [found] = folder.glob("briefwijzer-*.whl")
    return found


def test_the_wheel_holds_the_model_the_pages_the_prompts_and_no_corpus(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "app/model/model.safetensors", "app/model/tokenizer.json", "app/model/fusion.json", "app/pages/front.html",
        "app/pages/page.css", "app/pages/privacy.html", "app/pages/report.html", "app/pages/icon.svg", "app/widget/element.js", "app/widget/register.js", "app/prompts/answer.txt", "app/lexicon/frequencies.tsv", "training/terms_en_nl.tsv",
    ):  # fmt: skip
        assert wanted in names
    assert not [name for name in names if name.startswith(("corpus/", "tests/", "index/"))]


def test_the_wheel_answers_from_another_folder(wheel, make_corpus, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as package:
        package.extractall(site)
    corpus = make_corpus()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "BRIEFWIJZER_INDEX_DIR": str(tmp_path / "index")}
    code = (
        "import app, sys; assert app.__file__.startswith(sys.argv[1]), app.__file__\n"
        "from app.cli import cli\n"
        "for arguments in (['ingest', '--corpus', sys.argv[2]], ['ask', 'Wie krijgt geld voor taallessen?']):\n"
        "    try:\n        cli(arguments)\n    except SystemExit as end:\n        assert not end.code\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(site), str(corpus)], cwd=elsewhere, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "De gemeente krijgt vier jaar geld voor taallessen." in done.stdout


def test_the_container_is_slim_unprivileged_and_watched():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^FROM python:3\.\d+-slim", lines, re.MULTILINE)
    assert "ARG TORCH_INDEX_URL" in lines
    user = re.search(r"^USER (\S+)", lines, re.MULTILINE)
    assert user
    assert user.group(1) not in ("root", "0")
    assert lines.index("\nUSER ") < lines.index("\nCMD ")
    assert "HEALTHCHECK" in lines
    assert 'VOLUME ["/srv/briefwijzer/index"]' in lines
    assert "HF_HUB_OFFLINE=1" in lines
    assert re.search(r"^WORKDIR (?!/app$)", lines, re.MULTILINE)
    for copied in re.findall(r"^COPY ((?:[\w./-]+ )+)", lines, re.MULTILINE):
        for path in copied.split():
            assert (ROOT / path).exists(), path


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint") or str(Path(sys.executable).with_name("hadolint"))
    done = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_pins_name_no_address():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"#.*|-r requirements\.txt|[A-Za-z0-9_.-]+==[\w.]+|", line), line


def test_every_dependency_is_pinned_and_has_its_reason():
    import tomllib

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = tomllib.loads(text)["project"]["dependencies"]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    for dependency in wanted:
        assert re.split(r"[<>=\[]", dependency)[0].lower().replace("_", "-") in pinned, dependency
        assert re.search(rf'^    "{re.escape(dependency)}", +# \S', text, re.MULTILINE), dependency

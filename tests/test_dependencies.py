"""What the check command says of licences and of known vulnerabilities."""

import importlib.util
import json
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


licences, vulnerabilities = script("licences"), script("vulnerabilities")


def package(folder, *lines):
    made = folder / "some_package-1.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.4", "Name: some-package", "Version: 1.0", *lines]) + "\n"
    )
    return PathDistribution(made)


@pytest.mark.parametrize(
    "lines",
    [
        ["License-Expression: MIT AND (Apache-2.0 OR GPL-3.0-only)"],
        ["License-Expression: Apache-2.0 WITH LLVM-exception"],
        ["License: Apache License, Version 2.0"],
        ["License: MIT, BSD"],
        ["Classifier: License :: OSI Approved :: ISC License (ISCL)"],
        ["License: MIT License", "        ", "        Copyright (c) somebody"],
    ],
)
def test_permissive_licences_pass_however_they_are_written(tmp_path, lines):
    assert list(licences.refused([package(tmp_path, *lines)])) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["License-Expression: AGPL-3.0-or-later"],
        ["License-Expression: MIT AND GPL-2.0-only"],
        ["License: GPL-3.0"],
        ["License: MIT, AGPL-3.0"],
        ["Classifier: License :: OSI Approved :: MIT License", "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"],
        ["License: Proprietary"],
        ["Summary: says nothing of a licence"],
    ],
)  # fmt: skip
def test_other_licences_and_none_are_refused_by_name(tmp_path, lines):
    [line] = licences.refused([package(tmp_path, *lines)])
    assert line.startswith("some-package 1.0: ")


def test_what_a_requirement_needs_in_turn_is_looked_at_too():
    names = {licences.canonical(one.name) for one in licences.installed(["chromadb==1", "# a comment"])}
    # chromadb asks for uvicorn with its extra, and that for httptools.
    assert {"chromadb", "uvicorn", "httptools", "numpy"} <= names


def test_every_installed_package_is_under_an_allowed_licence():
    packages = licences.installed((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert list(licences.refused(packages)) == []
    assert len(packages) > 100
    assert set(licences.EXCEPTIONS) <= {licences.canonical(one.name) for one in packages}


def answering(tmp_path, body):
    """Return a command that stands for pip-audit: it gets its arguments and writes, or does not write, its report."""
    program = tmp_path / "audit.py"
    program.write_text(f"import sys\nreport = sys.argv[sys.argv.index('-o') + 1]\n{body}\n", encoding="utf-8")
    return [sys.executable, str(program)]


def test_a_service_that_cannot_be_asked_is_said_and_fails_nothing(tmp_path, capsys):
    assert vulnerabilities.main(answering(tmp_path, "sys.exit('cannot connect to the service')")) == 0
    assert "skipped" in (said := capsys.readouterr().out)
    assert "cannot connect" in said


@pytest.mark.parametrize(("vulns", "status"), [([], 0), ([{"id": "PYSEC-1", "fix_versions": ["2.0"]}], 1)])
def test_a_known_vulnerability_fails_the_check_by_name(tmp_path, capsys, vulns, status):
    report = json.dumps({"dependencies": [{"name": "thing", "version": "1.0", "vulns": vulns}]})
    assert vulnerabilities.main(answering(tmp_path, f"open(report, 'w').write({report!r})")) == status
    assert ("thing 1.0: PYSEC-1, mended in 2.0" in capsys.readouterr().out) is bool(vulns)


def test_packages_that_could_not_be_looked_up_are_not_called_sound(tmp_path, capsys):
    report = json.dumps({"dependencies": [{"name": "thing", "version": "1.0", "skip_reason": "not found"}]})
    assert vulnerabilities.main(answering(tmp_path, f"open(report, 'w').write({report!r})")) == 0
    assert "skipped" in capsys.readouterr().out

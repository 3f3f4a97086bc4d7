"""Where every check is to be made, nothing is skipped in silence; elsewhere what is missing is said."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.requiring import VARIABLE

TESTS = """
import pytest
from tests.requiring import pytest_runtest_makereport

@pytest.fixture
def chromium():
    pytest.skip("no Chromium at hand")

def test_in_a_browser(chromium): ...

@pytest.mark.skipif(True, reason="Tesseract is not installed")
def test_a_scan(): ...
"""


def run_tests(folder, source, **more):
    (folder / "conftest.py").write_text(source.split("@pytest", 1)[0], encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = may_be_skipped\n", encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(folder)]
    environment = {**bare, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder, check=False)


def test_what_is_missing_is_skipped_with_its_reason(tmp_path):
    done = run_tests(tmp_path, TESTS)
    assert done.returncode == 0, done.stdout
    assert "2 skipped" in done.stdout
    assert "no Chromium at hand" in done.stdout
    assert "Tesseract is not installed" in done.stdout


def test_where_all_is_required_a_skip_fails_with_its_reason(tmp_path):
    done = run_tests(tmp_path, TESTS, **{VARIABLE: "1"})
    assert done.returncode == 1, done.stdout
    assert "no Chromium at hand" in done.stdout
    assert "Tesseract is not installed" in done.stdout


def test_what_may_be_skipped_is_skipped_all_the_same(tmp_path):
    source = TESTS.replace("def test_", "@pytest.mark.may_be_skipped\ndef test_")
    done = run_tests(tmp_path, source, **{VARIABLE: "1"})
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_types_that_cannot_be_checked_are_said_and_fail_where_all_is_required(tmp_path, required, status):
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "widget_types", tmp_path / "scripts")
    done = subprocess.run([script], env={**os.environ, VARIABLE: required}, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "TypeScript is not installed" in done.stdout + done.stderr


def test_continuous_integration_requires_all():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.index(f"export {VARIABLE}=1") < script.index("\nmake test")
    assert "scripts/widget_types" in (ROOT / "scripts" / "check").read_text(encoding="utf-8")

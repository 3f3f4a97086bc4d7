"""docs/security.md tells of tests that exist, for each risk of OWASP's list."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| **LLM")]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
SECRETS = re.compile(r"(?i)(api[_ -]?key|password|wachtwoord|bearer|secret|sk-[a-z0-9]{8})")


def test_every_risk_of_the_list_has_what_is_done_and_a_test():
    assert [row.split()[1].strip("*") for row in ROWS] == [f"LLM{number:02}" for number in range(1, 11)]
    for row in ROWS:
        _, risk, done, tests, _ = re.split(r"(?<!\\)\|", row)
        assert len(done) > 80, risk
        assert "::" in tests, risk


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_every_test_that_is_named_exists(file, test):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_file_that_is_named_exists():
    for name in re.findall(r"`(tests/[\w/.]+)`", PAGE):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("prompt", sorted((ROOT / "app" / "prompts").glob("*.txt")), ids=lambda path: path.name)
def test_prompts_hold_no_secret(prompt):
    assert not SECRETS.search(prompt.read_text(encoding="utf-8"))


def test_the_readme_leads_there():
    assert "docs/security.md" in (ROOT / "README.md").read_text(encoding="utf-8")

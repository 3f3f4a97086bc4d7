"""The house stays as it was designed."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for folder in ("app", "ingest", "training") for path in (ROOT / folder).rglob("*.py"))

# Longer than 320 lines, with the reason.
LONG = {
    "app/embedding.py": "both kinds of model behind one protocol, and how one is chosen",
    "app/index/catalogue.py": "one table layout and its reader, which only make sense side by side",
    "app/retrieval/retriever.py": "one search: candidates, fusion, alignment, and the sentences within what was found",
    "app/retrieval/question.py": "one class that reads a question, with the tables of words that it reads by",
    "app/cli.py": "one short command after the other",
    "app/api.py": "one route after the other",
    "app/answering/generative.py": "one class: from the model's lines to an answer",
    "app/fitting.py": "the fits and what they are fitted on",
    "ingest/parsing/pdf.py": "one way from words with places to blocks",
    "app/analysis.py": "word lists",
}

# What ingest may know of app.
SHARED_CORE = {
    "app.analysis", "app.embedding", "app.errors", "app.index", "app.lexicon", "app.passages", "app.periods", "app.stages",
}  # fmt: skip


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path):
    return path.relative_to(ROOT).as_posix()


def importers(package):
    return {name(path) for path in MODULES if any(i == package or i.startswith(package + ".") for i in imports(path))}


def test_one_module_knows_chroma():
    assert importers("chromadb") == {"app/index/dense.py"}
    # And one its compiled half, to look into a store without waiting for the other.
    assert importers("chromadb_rust_bindings") == {"app/index/compiled.py"}


def test_chat_models_are_reached_from_answering_alone():
    assert importers("langchain") == {"app/answering/chatting.py"}


def test_only_the_entry_points_read_settings():
    commands = {name(path) for path in MODULES if path.stem.endswith("_cli")}
    assert importers("app.settings") <= {"app/cli.py", "app/main.py", *commands}


def test_every_module_is_in_every_contract():
    # The layers are exhaustive by themselves.
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = {contract["name"]: contract for contract in contracts}
    assert named["the service is layered"]["exhaustive"] is True
    parts = {f"app.{path.stem}" for path in (ROOT / "app").glob("*.py")} - {"app.__init__"}
    parts |= {f"app.{path.parent.name}" for path in (ROOT / "app").glob("*/__init__.py")}
    forbidden = set(named["ingest knows only the shared core of app"]["forbidden_modules"])
    assert parts - forbidden == SHARED_CORE
    assert forbidden <= parts
    sources = set(named["app reaches ingest through the command line alone"]["source_modules"])
    assert parts - sources == {"app.cli", "app.versions_cli"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_is_long_without_a_reason(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 320 or name(path) in LONG, lines
    assert lines <= 480


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_has_a_name_that_says_nothing(path):
    assert path.stem not in {"utils", "helpers", "common", "core", "manager", "misc", "util", "base"}


def test_no_sentence_of_the_letter_stands_in_code():
    def words(text):
        return re.findall(r"[a-zà-ÿ0-9]+", text.lower())

    letter = words((ROOT / "corpus" / "brief-2025-12.txt").read_text(encoding="utf-8"))
    runs = {tuple(letter[i : i + 6]) for i in range(len(letter) - 5)}
    for path in [*MODULES, *(ROOT / "app").rglob("*.html"), *(ROOT / "app").rglob("*.js")]:
        code = words(path.read_text(encoding="utf-8"))
        assert not runs.intersection(tuple(code[i : i + 6]) for i in range(len(code) - 5)), path

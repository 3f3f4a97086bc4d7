"""The command line in a process of its own, as people run it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*arguments, cwd=ROOT, timeout=60, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BRIEFWIJZER_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def assert_refused(done, *said):
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("briefwijzer: ")
    for words in said:
        assert words in done.stderr


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in ("ingest", "serve", "ask", "search", "sources", "versions", "evaluate", "fit", "report", "feedback"):
        assert command in done.stdout
        assert run(command, "--help").returncode == 0


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = "import sys, app.cli; print(*sorted(set(sys.modules) & {'torch', 'chromadb', 'langchain', 'langchain_core', 'sentence_transformers', 'fastapi', 'trafilatura', 'pdfplumber', 'simplemma', 'numpy'}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_answering_needs_neither_torch_nor_a_chat_model(letter_index):
    code = (
        "import sys\nfrom app.cli import cli\n"
        "try:\n    cli(['ask', 'Wat vindt VWN van de Spreidingswet?'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(set(sys.modules) & {'torch', 'langchain', 'sentence_transformers', 'fastapi', 'openai'}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "BRIEFWIJZER_INDEX_DIR": str(letter_index)},
    )  # fmt: skip
    assert "Behoud en handhaaf de Spreidingswet." in done.stdout
    assert done.stderr.strip() == ""


def test_ask_prints_an_answer_or_the_whole_object(letter_index):
    done = run("ask", "Wat vindt VWN van de spreidingswet?", BRIEFWIJZER_INDEX_DIR=str(letter_index))
    assert "“Behoud en handhaaf de Spreidingswet.” [1]" in done.stdout or "[2]" in done.stdout
    whole = json.loads(run("ask", "--json", "Spreidingswet", BRIEFWIJZER_INDEX_DIR=str(letter_index)).stdout)
    assert {"status", "statements", "citations", "answer", "index_version"} <= set(whole)


def test_a_correction_is_said(letter_index):
    done = run("ask", "Wat vindt VWN van de spreidinswet?", BRIEFWIJZER_INDEX_DIR=str(letter_index))
    assert "Bedoelde u ‘spreidingswet’" in done.stderr


def test_search_and_sources_print_what_there_is(letter_index):
    assert "Spreidingswet" in run("search", "Spreidingswet", BRIEFWIJZER_INDEX_DIR=str(letter_index)).stdout
    done = run("sources", BRIEFWIJZER_INDEX_DIR=str(letter_index))
    assert "not_fetched" in done.stdout
    assert "briefwijzer ingest --refresh" in done.stderr


def test_ingest_makes_an_index_and_leaves_it_alone_when_nothing_changed(make_corpus, tmp_path):
    corpus = make_corpus()
    arguments = ("ingest", "--corpus", str(corpus), "--index", str(tmp_path / "index"))
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    assert "embedded anew" in first.stderr
    assert "is up to date" in run(*arguments).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "x"), ("briefwijzer ingest",)),
        (("search", "x"), ("briefwijzer ingest",)),
        (("ingest", "--corpus", "nergens"), ("nergens", "sources.toml")),
        (("evaluate", "nergens.jsonl"), ("nergens.jsonl",)),
        (("serve", "--host", "0.0.0.0"), ("0.0.0.0", "127.0.0.1")),
    ],
)
def test_what_is_missing_is_named_with_the_remedy(tmp_path, arguments, said):
    assert_refused(run(*arguments, cwd=tmp_path), *said)


def test_an_empty_question_is_refused(letter_index):
    assert_refused(run("ask", "  ", BRIEFWIJZER_INDEX_DIR=str(letter_index)), "empty")


def test_a_setting_that_does_not_fit_is_named(tmp_path):
    assert_refused(run("ask", "x", cwd=tmp_path, BRIEFWIJZER_PORT="eighty"), "BRIEFWIJZER_PORT", "eighty")


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_refused(run("serve", "--port", port, cwd=tmp_path), port, "--port")


def test_another_model_than_the_index_was_made_with_is_named(letter_index, tmp_path):
    import shutil

    from app.embedding import bundled_model

    other = tmp_path / "model"
    shutil.copytree(bundled_model(), other)
    tokenizer = other / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    done = run("ask", "x", BRIEFWIJZER_INDEX_DIR=str(letter_index), BRIEFWIJZER_EMBEDDING_MODEL=str(other))
    assert_refused(done, "embedding model", "briefwijzer ingest")


def test_a_model_that_is_not_there_is_named(letter_index):
    done = run("ask", "x", BRIEFWIJZER_INDEX_DIR=str(letter_index), BRIEFWIJZER_EMBEDDING_MODEL="/nergens/model")
    assert_refused(done, "/nergens/model")


def test_the_index_of_another_corpus_is_named(letter_index, make_corpus):
    done = run("ingest", "--corpus", str(make_corpus()), "--index", str(letter_index))
    assert_refused(done, "belongs to the corpus")


@contextmanager
def serving(corpus, index):
    """Serve from a process of its own; yield (address, what it said before) and see that it stops when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--corpus", str(corpus), "--index", str(index)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = []
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and (line := process.stderr.readline()):
            said.append(line)
            if "answers on" in line:
                break
        assert said, "it ended at once"
        assert "answers on" in said[-1], said
        yield said[-1].split("answers on ")[1].split()[0], "".join(said)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in (0, 130)
        process.stderr.close()


def ready(address):
    for _ in range(100):
        try:
            with urllib.request.urlopen(address + "/readyz", timeout=5) as response:
                return json.load(response)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not become ready")


def test_serve_brings_the_index_up_to_date_prints_its_address_and_stops(make_corpus, tmp_path):
    with serving(make_corpus(), tmp_path / "i") as (address, _):
        assert ready(address)["status"] == "ready"


def test_serve_goes_on_with_what_was_published_where_a_file_can_no_longer_be_read(make_corpus, tmp_path):
    corpus, index = make_corpus(), tmp_path / "i"
    assert run("ingest", "--corpus", str(corpus), "--index", str(index)).returncode == 0
    published = (index / "current").read_text(encoding="utf-8").strip()
    [text] = corpus.glob("*.txt")
    text.write_bytes(b"Asiel \x81\x00\x9d in caf\xe9s")
    with serving(corpus, index) as (address, said):
        assert f"Serving version {published} meanwhile." in said
        assert text.name in said
        assert ready(address)["index_version"] == published


def test_an_ingest_where_nothing_changed_imports_nothing_heavy(letter_corpus, letter_index):
    code = (
        "import sys\nfrom app.cli import cli\n"
        "try:\n    cli(['ingest', *sys.argv[1:]])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(set(sys.modules) & {'torch', 'chromadb', 'chromadb_rust_bindings', 'langchain', 'simplemma',"
        " 'sentence_transformers', 'tokenizers', 'trafilatura', 'httpx', 'fastapi'}))"
    )
    command = [sys.executable, "-c", code, "--corpus", str(letter_corpus), "--index", str(letter_index)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "is up to date" in done.stderr
    assert done.stdout.strip() == ""

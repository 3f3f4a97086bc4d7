"""Texts are analysed in a process of its own as they are here; one that ends is one clear error, and nothing stays behind."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from app import analysis
from app.errors import IndexError_
from app.index.versions import CATALOGUE, IndexDirectory
from ingest.analysing import AnalyserApart, analyser
from ingest.pipeline import ingest_corpus
from ingest.words import Texts
from tests.conftest import ANSWER, LETTER, SOURCES, StemEmbedder, quotes
from tests.test_pipeline import RECORDS
from tests.test_words import TEXTS

BATCHES = [
    [
        Texts(TEXTS[:4], [(0, 1, "Een titel over grensdetentie"), (2, 3, "")]),
        Texts(TEXTS[4:6], [(0, 1, "Nog een titel")]),
    ],
    [],
    [Texts(TEXTS[6:], [(0, 2, "Een titel")]), Texts([], [])],
]


def everything(scratch, *, apart, many_terms):
    with analyser(scratch, many_terms, apart=apart) as words:
        for batch in BATCHES:
            words.send(batch)
        found = [words.receive() for _ in BATCHES]
        return found, list(words.rows()), list(words.stands_for()), words.frequencies()


@pytest.mark.parametrize("many_terms", [0, 1_000])
def test_a_process_of_its_own_finds_what_is_found_here(tmp_path, many_terms):
    here = everything(tmp_path / "here", apart=False, many_terms=many_terms)
    apart = everything(tmp_path / "apart", apart=True, many_terms=many_terms)
    assert apart == here
    batches, rows, stands_for, left = here
    assert "grensdetentie" in [surface for _, surface, _, _ in rows]
    assert len(stands_for) > len(rows)
    assert bool(left) == bool(many_terms), "counts are given once: batch by batch, or at the end"
    assert batches[0].passages[0][2].startswith("titel ")
    assert list(tmp_path.iterdir()) == []


def test_words_that_cannot_be_put_on_disk_are_an_error_of_the_disk(tmp_path):
    many = Texts([" ".join(f"woord{number}" for number in range(100_001))], [(0, 0, "")])
    with AnalyserApart(tmp_path / "no folder" / "words", 0) as words:
        words.send([many])
        with pytest.raises(OSError, match="unable to open"):
            words.receive()


def test_a_process_that_was_killed_is_one_clear_error(tmp_path):
    with AnalyserApart(tmp_path / "words", 0) as words:
        os.kill(words.pid, signal.SIGKILL)
        with pytest.raises(IndexError_, match=r"ended early \(signal 9\).*untouched"):
            send_and_receive(words)


def test_a_process_that_is_killed_at_work_is_one_clear_error(tmp_path):
    with AnalyserApart(tmp_path / "words", 0) as words:
        words.send(BATCHES[0] * 5_000)
        threading.Timer(0.3, os.kill, (words.pid, signal.SIGKILL)).start()
        with pytest.raises(IndexError_, match=r"ended early \(signal 9\)"):
            words.receive()


def send_and_receive(words):
    """Whether the end is noticed when something is handed over or when it is asked for depends on the moment."""
    words.send(BATCHES[0] * 1_000)
    words.receive()


def test_a_process_that_lost_its_words_is_one_clear_error(tmp_path):
    with AnalyserApart(tmp_path / "words", 0) as words:
        words.send([Texts(["Een zin."], [(0, "no number", "")])])
        with pytest.raises(IndexError_, match=r"ended early \(exit status 1\)"):
            words.receive()


def test_it_ends_with_the_process_that_started_it(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from ingest.analysing import AnalyserApart\n"
        "words = AnalyserApart(Path(sys.argv[1]), 0); print(words.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "words")], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    started = Path(f"/proc/{int(starter.stdout.readline())}")
    assert started.exists()
    starter.kill()
    starter.communicate()
    until = time.monotonic() + 30
    while is_alive(started) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_alive(started)


def is_alive(process):
    """Whether it runs; one that nobody waited for yet has ended all the same."""
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_an_ingest_whose_analyser_dies_says_so_and_what_was_published_answers(make_corpus, index_dir):
    embedder = StemEmbedder()
    corpus = make_corpus()
    before = ingest_corpus(corpus, index_dir, embedder).version
    many = "".join(
        json.dumps({"id": f"v{number}", "text": f"Zin {number} over opvang."}) + "\n" for number in range(2_000)
    )
    corpus = make_corpus({"vragen.jsonl": many}, SOURCES + RECORDS)

    others = children()

    def kill_analyser(what, *_):
        if what == "documents":
            for child in children():
                if b"ingest.analysing" in (child / "cmdline").read_bytes():
                    os.kill(int(child.name), signal.SIGKILL)

    with pytest.raises(IndexError_, match="ended early"):
        ingest_corpus(corpus, index_dir, embedder, progress=kill_analyser)
    versions = IndexDirectory(index_dir)
    assert versions.names() == [before] == [path.name for path in (index_dir / "versions").iterdir()]
    assert quotes(index_dir, embedder) == [ANSWER]
    assert not [child for child in children() if child not in others and is_alive(child)], (
        "nothing of the ingest is left running"
    )
    assert ingest_corpus(corpus, index_dir, embedder).changed


def test_many_documents_are_kept_with_the_terms_of_the_analyser(make_corpus, index_dir):
    texts = [TEXTS[number % len(TEXTS)] + f" Nummer {number}." for number in range(700)]
    lines = "".join(json.dumps({"id": f"v{number}", "text": text}) + "\n" for number, text in enumerate(texts))
    ingest_corpus(
        make_corpus({"brief.txt": LETTER, "vragen.jsonl": lines}, SOURCES + RECORDS), index_dir, StemEmbedder()
    )
    versions = IndexDirectory(index_dir)
    version = versions.directory(versions.require_current())
    with closing(sqlite3.connect(version / CATALOGUE)) as connection:
        kept = connection.execute("SELECT text, terms FROM sentences").fetchall()
        passages = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        used = connection.execute("SELECT sum(frequency) FROM vocabulary").fetchone()[0]
    assert passages > 700
    assert [terms for _, terms in kept] == [" ".join(analysis.terms(text)) for text, _ in kept]
    assert used > sum(len(terms.split()) for _, terms in kept), "those of what passages stand under count too"
    assert [path.name for path in version.iterdir() if "scratch" in path.name] == []


def children():
    """The processes that this one started and that are there yet."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int((process / "stat").read_text().rsplit(")", 1)[1].split()[1]) == os.getpid():
                found.append(process)
        except OSError:
            continue
    return found

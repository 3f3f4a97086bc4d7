"""What several test modules share: the letter's corpus, its index, small corpora, and an embedder without a model."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from app import analysis
from app.answering import Answerer
from app.embedding import Embedder, Vectors, bundled_model, load_embedder
from app.index import Index, open_current
from app.retrieval import RetrievalWeights, Retriever
from app.service import Service
from ingest.pipeline import ingest_corpus
from tests.requiring import pytest_runtest_makereport  # noqa: F401  a hook of every test

ROOT = Path(__file__).parent.parent


class StemEmbedder:
    """Embeds a text as its hashed stems: the same on every machine, and near where words are shared.

    ``texts`` counts what it was asked to embed, so that a test can show that nothing was.
    """

    name = "stems"
    dimensions = 64
    word_level = True

    def __init__(self, digest: str = "stems-1") -> None:
        self.digest = digest
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in analysis.terms(text):
                place = int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "big")
                row[place % self.dimensions] += 1 if place & 0x80000000 else -1
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(norms > 0, norms, 1)


QUESTION = "Hoe lang krijgt de gemeente geld voor taallessen?"
ANSWER = "De gemeente krijgt vier jaar geld voor taallessen. Dat is volgens ons te kort."


def quotes(index_dir: Path, embedder: Embedder, question: str = QUESTION) -> list[str]:
    """Ask the published version, as the service does; return what the answer quotes."""
    service = Service(index_dir, embedder, 2_000, warm=False)
    service.open()
    try:
        with service.reading() as reading:
            return [citation.quote for citation in reading.answerer.ask(question).citations]
    finally:
        service.close()


MakeCorpus = Callable[..., Path]

SOURCES = """\
[[speaker]]
id = "vwn"
name = "VluchtelingenWerk Nederland"
aliases = ["VWN"]
owner = true

[[speaker]]
id = "raad-van-state"
name = "Raad van State"

[[source]]
id = "brief"
title = "Een brief"
publisher = "VluchtelingenWerk Nederland"
speaker = "vwn"
language = "nl"
date = "2025-12"
path = "brief.txt"
"""

LETTER = """\
De opvang van kinderen moet beter. Wij vragen om kleinere locaties met eigen keukens.

De gemeente krijgt vier jaar geld voor taallessen. Dat is volgens ons te kort.

Vrijwilligers begeleiden elke week honderden mensen bij hun procedure.
"""


@pytest.fixture(scope="session")
def embedder() -> StemEmbedder:
    return StemEmbedder()


@pytest.fixture(scope="session")
def letter_corpus() -> Path:
    return ROOT / "corpus"


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture(scope="session")
def bundled() -> Embedder:
    return load_embedder()


@pytest.fixture(scope="session")
def letter_index(letter_corpus: Path, bundled: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the letter with the bundled model. Tests share it, so they only read it."""
    path = tmp_path_factory.mktemp("letter") / "index"
    ingest_corpus(letter_corpus, path, bundled)
    return path


@pytest.fixture(scope="module")
def answerer(letter_index, bundled):
    """What answers from the letter, with the fitted weights."""
    index = open_current(letter_index)
    yield Answerer(Retriever(index, bundled, RetrievalWeights.load(bundled_model())))
    index.close()


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of one letter. Tests share it, so they only read it."""
    corpus = tmp_path_factory.mktemp("small") / "corpus"
    corpus.mkdir()
    (corpus / "sources.toml").write_text(SOURCES, encoding="utf-8")
    (corpus / "brief.txt").write_text(LETTER, encoding="utf-8")
    return corpus


@pytest.fixture(scope="session")
def _small_index(small_corpus: Path, embedder: StemEmbedder) -> Path:
    path = small_corpus.parent / "index"
    ingest_corpus(small_corpus, path, embedder)
    return path


@pytest.fixture
def small_index(_small_index: Path, index_dir: Path) -> Path:
    """An index of ``small_corpus``, a copy for the test alone."""
    shutil.copytree(_small_index, index_dir)
    return index_dir


@pytest.fixture
def letter(letter_index: Path) -> Index:
    """The letter's opened index version."""
    index = open_current(letter_index)
    yield index
    index.close()


@pytest.fixture
def make_corpus(tmp_path: Path) -> MakeCorpus:
    """Make a corpus folder of ``files`` (text, or bytes as they are) and a sources.toml; by default one letter."""

    def make(files: dict[str, str | bytes] | None = None, sources_toml: str = SOURCES, name: str = "corpus") -> Path:
        corpus = tmp_path / name
        corpus.mkdir(exist_ok=True)
        (corpus / "sources.toml").write_text(sources_toml, encoding="utf-8")
        for path, content in ({"brief.txt": LETTER} if files is None else files).items():
            (corpus / path).parent.mkdir(parents=True, exist_ok=True)
            (corpus / path).write_bytes(content.encode() if isinstance(content, str) else content)
        return corpus

    return make

"""Latency of /v1/search against its unavoidable parts: ``python -m tests.benchmarks.search``.

The parts are the embedding of the question, Chroma's own query and tantivy's own query, each in this process, and an empty
FastAPI route over HTTP. Also: how fast texts are embedded, and the server's memory.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.api import search_results
from app.embedding import Embedder, bundled_model, load_embedder
from app.index import open_current
from app.retrieval.retriever import CANDIDATES, lexical_query
from app.service import Service
from tests.benchmarks import indexes, servers
from tests.benchmarks.rounds import Latency, interleaved, machine, ratio, resident_mb, table
from tests.benchmarks.texts import DutchTexts

TARGET_MS = {1_000: 4.0, 100_000: 10.0}
TARGET_RATIO = 2.0


def measure(corpus: Path, index_dir: Path, folder: Path, asked: int, rounds: int) -> tuple[dict[str, Latency], float]:
    """Return the latencies at one size, and the server's resident memory in MB after all questions."""
    questions = DutchTexts().questions(asked * (rounds + 1))
    embedder = load_embedder()
    service = Service(index_dir, embedder, 2_000, bundled_model())
    service.open()
    with (
        servers.briefwijzer(corpus, index_dir, folder / "serve.log") as ours,
        servers.bare(index_dir, folder / "bare.log") as theirs,
        service.reading() as reading,
        closing(open_current(index_dir)) as parts,
    ):
        client, bare = servers.Client(ours.port), servers.Client(theirs.port)
        retriever = reading.retriever
        vectors = {question: embedder.encode([question])[0] for question in questions}
        queries = {question: lexical_query(retriever.reader.read(question)) for question in questions}
        most = min(CANDIDATES, len(parts.lexical))
        measured: dict[str, Callable[[str], object]] = {
            "POST /v1/search": lambda question: client.post("/v1/search", {"query": question}),
            "search, in process": lambda question: search_results(retriever, question, 10),
            "embedding": lambda question: embedder.encode([question]),
            "Chroma's query": lambda question: parts.dense.search(vectors[question], most),
            "tantivy's query": lambda question: parts.lexical.search(queries[question], CANDIDATES),
            "empty FastAPI route": lambda question: bare.post("/empty", {"query": question}),
        }
        found = interleaved(measured, questions, rounds)
        memory = resident_mb(ours.pid)
        client.close()
        bare.close()
    service.close()
    return found, memory


def embedding_rate(embedder: Embedder, passages: int = 4_000) -> float:
    """Return how many passages a second are embedded."""
    texts = [record.text for record in DutchTexts(1).records(passages)]
    embedder.encode(texts[:100])
    started = time.perf_counter()
    for place in range(0, passages, 256):
        embedder.encode(texts[place : place + 256])
    return passages / (time.perf_counter() - started)


def report(passages: int, found: dict[str, Latency], memory: float) -> None:
    """Print the figures of one size."""
    print(f"\n{passages:,} passages ({machine()})\n")
    print(table(("", "p50 ms", "p95 ms"), [(name, one.p50, one.p95) for name, one in found.items()]))
    parts = [found[name] for name in ("embedding", "Chroma's query", "tantivy's query", "empty FastAPI route")]
    over = ratio(found["POST /v1/search"], *parts)
    print(f"\nPOST /v1/search over the sum of its parts: {over:.2f} (at most {TARGET_RATIO})")
    print(f"in process over the sum of its parts: {ratio(found['search, in process'], *parts[:3]):.2f}")
    if passages in TARGET_MS:
        print(f"p50 {found['POST /v1/search'].p50:.2f} ms (at most {TARGET_MS[passages]:g})")
    print(f"server's resident memory {memory:.0f} MB")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="where corpora and indexes are kept"
    )
    options.add_argument("--passages", type=int, nargs="+", default=[1_000, 100_000])
    options.add_argument("--questions", type=int, default=200, help="in each round")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"embedding: {embedding_rate(load_embedder()):,.0f} passages/s (at least 2,000)")
    for passages in given.passages:
        corpus, index_dir = indexes.synthetic(given.folder, passages)
        report(passages, *measure(corpus, index_dir, given.folder, given.questions, given.rounds))


if __name__ == "__main__":
    main()

"""How long a written statement waits: from the moment the model has finished its line to the moment a client has it.

    python -m tests.benchmarks.first_statement [INDEX] [--rounds N]

A chat server on loopback writes statements on the letter and notes when it has written each one's last brace; the line break
comes only 200 ms later. Measured twice: what the answerer yields, and what arrives over HTTP as an event. The target is 50 ms.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from app.answering import Answerer, GenerativeAnswerer, Said, chat_model
from app.answering.checking import prepare
from app.embedding import bundled_model, load_embedder
from app.index import open_current
from app.main import create_app
from app.retrieval import RetrievalWeights, Retriever
from app.settings import Settings
from ingest.pipeline import ingest_corpus
from tests.chat_server import chat_server
from tests.serving import served

QUESTION = "Wat zegt VWN over de Terugkeerverordening?"
_ASPECT = (
    "een van de aspecten van de nieuwe Terugkeerverordening de inzet op zelfstandige, en daarmee veel goedkopere en duurzame terugkeer "
    "dan gedwongen terugkeer vanuit bewaring."
)
STATEMENTS = [
    f"Volgens VluchtelingenWerk is {_ASPECT}",
    f"In tegenstelling tot wat er in het onderhandelingsdocument staat, is {_ASPECT}",
    f"Volgens VWN is {_ASPECT}",
]
PAUSE_S = 0.2


def writer(finished: list[float]):
    def script(_messages: list[dict]) -> Iterator[object]:
        for statement in STATEMENTS:
            text = json.dumps({"statement": statement, "sentences": [1]}, ensure_ascii=False)
            yield text[:-1]
            finished.append(time.monotonic())
            yield "}"
            yield PAUSE_S
            yield "\n"

    return script


def direct(index_dir: Path, rounds: int) -> list[float]:
    index = open_current(index_dir)
    retriever = Retriever(index, load_embedder(), RetrievalWeights.load(bundled_model()))
    extractive = Answerer(retriever)
    waits: list[float] = []
    finished: list[float] = []
    with chat_server(writer(finished)) as server:
        answerer = GenerativeAnswerer(extractive, retriever, chat_model("openai:test", url=server.url, retries=0))
        for _ in range(rounds):
            finished.clear()
            came = [time.monotonic() for made in answerer.stream(QUESTION) if isinstance(made, Said)]
            waits += [at - end for at, end in zip(came, finished, strict=True)]
    index.close()
    return waits


def over_http(index_dir: Path, rounds: int) -> list[float]:
    waits: list[float] = []
    finished: list[float] = []
    with chat_server(writer(finished)) as server:
        settings = Settings(index_dir=index_dir, llm="openai:test", llm_url=server.url, llm_retries=0)
        with served(create_app(settings)) as url, httpx.Client(timeout=30) as client:
            for _ in range(rounds):
                finished.clear()
                came: list[float] = []
                headers = {"Accept": "text/event-stream"}
                with client.stream("POST", url + "/v1/ask", json={"question": QUESTION}, headers=headers) as response:
                    lines = response.iter_lines()
                    came.extend(time.monotonic() for text in lines if text == "event: statement")
                waits += [at - end for at, end in zip(came, finished, strict=True)]
    return waits


def show(name: str, waits: list[float]) -> None:
    ms = sorted(wait * 1000 for wait in waits)
    p95 = ms[int(0.95 * (len(ms) - 1))]
    print(f"{name}: {len(ms)} statements, p50 {statistics.median(ms):.1f} ms, p95 {p95:.1f} ms, most {ms[-1]:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", nargs="?", type=Path, help="index of the letter; made anew without one")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index_dir = arguments.index
        if index_dir is None:
            index_dir = Path(folder) / "index"
            ingest_corpus(Path("corpus"), index_dir, load_embedder())
        started = time.monotonic()
        prepare()
        print(f"loading what the checks use, while the first model thinks: {time.monotonic() - started:.2f} s")
        show("answerer", direct(index_dir, arguments.rounds))
        show("HTTP", over_http(index_dir, arguments.rounds))


if __name__ == "__main__":
    main()

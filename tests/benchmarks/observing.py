"""What seeing costs: the timing of stages in an answer, and the layer around a request with its line in the log.

    python -m tests.benchmarks.observing INDEX

Answers with and without a recorder take turns, question by question, and are timed by the processor time of their thread, so
that what else the machine does counts for little. The layer around a request is timed alone, around an application that does
nothing but note stages and an answer.
"""

import asyncio
import io
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.embedding import load_embedder
from app.logs import configure_logging
from app.observer import Observer
from app.observing import Observed
from app.service import Service
from app.stages import Stages, recording

ROUNDS = 40
QUESTIONS = (
    "Wat zegt VWN over de Terugkeerverordening?",
    "Wat wil het tussenverslag met gesloten opvang?",
    "Hoe hoog was het erkenningspercentage in Bulgarije in 2024?",
    "Wat vindt VWN van de Spreidingswet?",
    "Wat vindt VWN van kernenergie?",
    "What does VWN say about family reunification?",
)


def timed(answerer, question, recorder):
    started = time.thread_time_ns()
    if recorder is None:
        answerer.ask(question)
    else:
        with recording(recorder):
            answerer.ask(question)
    return time.thread_time_ns() - started


def stages(index_dir: Path) -> None:
    service = Service(index_dir, load_embedder(), 2_000)
    service.open()
    with service.reading() as reading:
        plain, recorded, runs = [], [], []
        for turn in range(ROUNDS):
            for question in QUESTIONS:
                recorder = Stages()
                if turn % 2:
                    plain.append(timed(reading.answerer, question, None))
                    recorded.append(timed(reading.answerer, question, recorder))
                else:
                    recorded.append(timed(reading.answerer, question, recorder))
                    plain.append(timed(reading.answerer, question, None))
                runs.append(len(recorder.runs))
    service.close()
    without = statistics.median(plain) / 1e6
    more = statistics.median(one / two for one, two in zip(recorded, plain, strict=True)) - 1
    print(f"answer, median of {len(plain)}: {without:.3f} ms; with its stages timed {more:+.2%} (median of pairs)")
    one = stage_cost()
    most = max(runs)
    print(f"one stage timed: {one * 1e6:.2f} µs; at most {most} an answer: {one * most / (without / 1000):.3%} of it")


def stage_cost() -> float:
    from app.stages import stage

    with recording(Stages()):
        started = time.thread_time()
        for _ in range(900):
            with stage("read"):
                pass
        return (time.thread_time() - started) / 900


def layer() -> None:
    async def application(scope, receive, send):
        recorder = scope["state"]["exchange"].stages
        for name in ("read", "embed", "lexical", "dense", "passages", "align", "rank", "judge", "render"):
            recorder.add(name, 0, 500_000)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def sent(message):
        pass

    async def many(app, count):
        started = time.thread_time()
        for _ in range(count):
            await app({"type": "http", "method": "POST", "path": "/v1/ask", "headers": []}, None, sent)
        return (time.thread_time() - started) / count

    async def bare(scope, receive, send):
        scope = {**scope, "state": {"exchange": type("Exchange", (), {"stages": Stages()})}}
        await application(scope, receive, send)

    with tempfile.TemporaryDirectory() as folder:
        observer = Observer(Path(folder))
        seen = Observed(application, observer, None)
        rounds = [(asyncio.run(many(bare, 500)), asyncio.run(many(seen, 500))) for _ in range(7)]
    without, with_layer = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"around a request: {(with_layer - without) * 1e6:.0f} µs, its line in the log and its counts included")


if __name__ == "__main__":
    configure_logging("info", io.StringIO())
    logging.getLogger("app.requests").setLevel(logging.INFO)
    stages(Path(sys.argv[1]))
    layer()

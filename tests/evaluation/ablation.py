"""What each part of retrieval adds: ``python -m tests.evaluation.ablation INDEX QUESTIONS.jsonl``.

The questions are by record_id, or by gold text (then a passage that holds it is right). Prints a table for the README.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from app.embedding import bundled_model, load_embedder
from app.evaluation import EvaluationQuestion, holds_gold, read_questions
from app.index import open_current
from app.retrieval import Hit, RetrievalWeights, Retriever
from app.retrieval.english import EnglishWords
from app.retrieval.expansion import Expander, Groups
from app.retrieval.question import QuestionReader
from app.retrieval.weights import Weights

PARTS = ("lexical", "cosine", "passage_coverage", "sentence_coverage")


def only(weights: RetrievalWeights, *parts: str) -> RetrievalWeights:
    """Return the weights with nothing but these parts of the fusion."""

    def kept(of: Weights) -> Weights:
        return replace(of, passages={part: of.passages[part] if part in parts else 0.0 for part in PARTS})

    return replace(weights, nl=kept(weights.nl), en=kept(weights.en))


@contextmanager
def without(reader: QuestionReader, part: str) -> Iterator[None]:
    """Switch one part of the reading of questions off."""
    if part in ("glossary", "paraphrases", "English words"):
        held = reader._expander
        glossary = () if part == "glossary" else reader._catalogue.glossary()
        reader.__dict__["_expander"] = Expander(
            glossary, Groups() if part == "paraphrases" else None, EnglishWords(()) if part == "English words" else None
        )
        yield
        reader.__dict__["_expander"] = held
    elif part == "splitting":
        split = reader._splitter.split
        reader._splitter.split = lambda word: ()
        yield
        reader._splitter.split = split
    else:
        nearest = reader._speller.nearest
        reader._speller.nearest = lambda word, language: None
        yield
        reader._speller.nearest = nearest


def recall(retriever: Retriever, questions: list[EvaluationQuestion]) -> tuple[float, float, float]:
    """Return recall@1, recall@10 and the median time of a search in ms."""
    first = tenth = 0
    times = []
    for question in questions:
        started = time.perf_counter()
        hits = retriever.search(retriever.reader.read(question.question), 10)
        times.append((time.perf_counter() - started) * 1000)
        rights = [_right(retriever, question, hit) for hit in hits]
        first += bool(rights and rights[0])
        tenth += any(rights)
    return first / len(questions), tenth / len(questions), median(times)


def _right(retriever: Retriever, question: EvaluationQuestion, hit: Hit) -> bool:
    if question.records:
        return retriever.index.catalogue.heads([hit.document_row])[hit.document_row].record_id in question.records
    return holds_gold(question, hit.passage.text)


def main(index_path: Path, questions_path: Path) -> None:
    """Print the table."""
    questions = [q for q in read_questions(questions_path) if q.records or (q.gold and not q.link)]
    index = open_current(index_path)
    embedder = load_embedder()
    fitted = RetrievalWeights.load(bundled_model())
    rows: list[tuple[str, tuple[float, float, float]]] = []

    def measure(name: str, weights: RetrievalWeights, part: str | None = None) -> None:
        retriever = Retriever(index, embedder, weights)
        retriever.reader._expander  # noqa: B018 - read once, outside the measurement
        recall(retriever, questions[:10])
        if part is None:
            rows.append((name, recall(retriever, questions)))
            return
        with without(retriever.reader, part):
            rows.append((name, recall(retriever, questions)))

    measure("BM25 alone", only(fitted, "lexical"))
    measure("cosine alone", only(fitted, "cosine"))
    measure("BM25 and cosine", only(fitted, "lexical", "cosine"))
    measure("all, with word alignment", fitted)
    for part in ("splitting", "glossary", "paraphrases", "English words", "typo repair"):
        measure(f"all, without {part}", fitted, part)
    print("| | recall@1 | recall@10 | p50 ms |\n| --- | --- | --- | --- |")
    for name, (first, tenth, took) in rows:
        print(f"| {name} | {first:.3f} | {tenth:.3f} | {took:.1f} |")
    index.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""What ``briefwijzer evaluate`` and ``briefwijzer fit`` print and store."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.evaluation import (
    EvaluationQuestion,
    Outcome,
    by_kind,
    evaluate_answers,
    evaluate_search,
    summary,
)
from app.fitting import QuestionSet, fit
from app.retrieval import RetrievalWeights, Retriever
from app.service import Reading


def measure(reading: Reading, questions: Sequence[EvaluationQuestion]) -> tuple[dict[str, Any], list[Outcome]]:
    """Return the figures of all questions, and what came of those that ask for an answer."""
    figures: dict[str, Any] = {"questions": len(questions), "index_version": reading.index.name}
    if records := [q for q in questions if q.records]:
        figures["search"] = evaluate_search(reading.retriever, records)
    outcomes = evaluate_answers(reading.answerer, [q for q in questions if q.gold is not None])
    if outcomes:
        figures["answers"] = summary(outcomes)
        figures["by_kind"] = by_kind(outcomes)
    return figures, outcomes


def print_report(figures: dict[str, Any], outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the figures, the breakdown by kind, and the questions missed."""
    for part in ("search", "answers"):
        if part in figures:
            table = Table("figure", part, show_edge=False)
            for name, value in figures[part].items():
                table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
            console.print(table)
    if kinds := figures.get("by_kind"):
        table = Table("kind", "right", "asked", show_edge=False)
        for kind, (right, asked) in kinds.items():
            table.add_row(kind, str(right), str(asked))
        console.print(table)
    missed = [outcome for outcome in outcomes if not outcome.right]
    if missed:
        table = Table("missed", "kind", "question", "status", "rank", show_edge=False)
        for outcome in missed:
            asked = outcome.question
            table.add_row(asked.id, asked.kind, asked.question, outcome.status or "", str(outcome.rank or "-"))
        console.print(table)


def fit_model(
    readings: Sequence[tuple[Reading, Sequence[EvaluationQuestion]]],
    model_dir: Path,
    on: Mapping[str, int],
    console: Console,
) -> Path:
    """Fit the weights on the questions about each index together, and store them beside the model; return the file.

    ``on`` says what was fitted on: {name of a file: its questions}.
    """
    from dataclasses import replace

    def opener(reading: Reading) -> Callable[[RetrievalWeights], Retriever]:
        return lambda weights: Retriever(reading.index, reading.retriever.embedder, weights)

    sets = [QuestionSet(opener(reading), questions) for reading, questions in readings]
    current = readings[0][0].retriever
    fitted = fit(sets, current.weights, lambda part: console.print(f"Fitting {part} …"))
    return replace(fitted, fitted_for=current.embedder.digest, on=dict(on)).save(model_dir)

"""Writes the model's card from what was really used and measured."""

from pathlib import Path

from training.corpus import TrainingData
from training.making import Recipe
from training.pairs import SHARES

MARK = "<!-- below: written by hand -->"


def write_card(directory: Path, recipe: Recipe, data: TrainingData, figures: dict[str, float]) -> None:
    """Write README.md beside the weights; what stands below the mark in an earlier card is kept."""
    path = directory / "README.md"
    kept = (
        path.read_text(encoding="utf-8").split(MARK, 1)[1]
        if path.is_file() and MARK in path.read_text("utf-8")
        else "\n"
    )
    size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / 1e6
    dutch, english, translated, words = SHARES
    sources = "\n".join(f"| `{name}` | {count:,} |" for name, count in sorted(data.sources.items()))
    measured = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    path.write_text(
        f"""---
language: [nl, en]
library_name: sentence-transformers
tags: [static-embeddings, dutch, retrieval]
---
# Briefwijzer's embedding model

A static model: each of {recipe.pieces:,} word pieces has a vector of {recipe.dimensions} numbers, a text is their mean, normalised. Dutch and
English share one space. It embeds thousands of passages a second on one core and needs no GPU, and its vectors of single words
are what Briefwijzer aligns questions and sentences with. {size:.1f} MB in all.

Made by `python -m training DATA_DIR OUTPUT_DIR --steps {recipe.steps} --batch {recipe.batch} --pieces {recipe.pieces} --dimensions {recipe.dimensions} --seed {recipe.seed}`
with sentence-transformers' trainer: MultipleNegativesRankingLoss (scale {recipe.scale:g}) within MatryoshkaLoss, learning rate {recipe.learning_rate:g}, linear decay.

## Trained on

| file | rows |
| --- | --- |
{sources}

Batches: {dutch:.0%} made from Dutch paragraphs (half: a sentence and the rest of its paragraph; half: some of its words, as a question),
{english:.0%} the same with the words in English, {translated:.0%} translated sentences, {words:.0%} words and synonyms.

## Measured by the same run, on what was held out

| figure | value |
| --- | --- |
{measured}

`paragraph`: a first sentence finds the rest of its paragraph; `translation`: an English sentence finds its Dutch translation.
{MARK}{kept}""",
        encoding="utf-8",
    )

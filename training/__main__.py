"""``python -m training DATA_DIR OUTPUT_DIR``: train the bundled model anew."""

import json
import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from training.card import write_card
from training.corpus import TrainingDataError, read_training_data
from training.making import Recipe, train


def own_terms() -> list[tuple[str, str]]:
    """Return the (English, Dutch) terms of administration and law that the dictionary in DATA_DIR may lack."""
    text = (resources.files("training") / "terms_en_nl.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line.strip())
    return [(english, dutch) for english, dutch, *_ in rows]


def main(
    data_dir: Annotated[
        Path, typer.Argument(help="Folder with paragraphs_*.txt[.xz], synonyms_*.tsv, dictionary_*.tsv, *.tsv.")
    ],
    output_dir: Annotated[Path, typer.Argument(help="Folder for the model; must not exist yet.")],
    steps: Annotated[
        int, typer.Option(min=1, help="Batches to train on; 2400 take about 15 minutes on two cores.")
    ] = 2_400,
    batch: Annotated[int, typer.Option(min=2, help="Pairs in a batch.")] = 1_024,
    pieces: Annotated[int, typer.Option(min=300, help="Size of the vocabulary.")] = 35_000,
    dimensions: Annotated[int, typer.Option(min=8, help="Length of a vector.")] = 384,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
) -> None:
    """Train a static Dutch-English embedding model from a folder of texts and pairs, measure it, and write its card."""
    if output_dir.exists():
        sys.exit(f"{output_dir}: is there already. Name a new folder, or remove that one first.")
    recipe = Recipe(steps=steps, batch=batch, pieces=pieces, dimensions=dimensions, seed=seed)
    try:
        data = read_training_data(data_dir)
        data.words.extend(own_terms())
    except TrainingDataError as error:
        sys.exit(f"training: {error}")
    try:
        figures = train(data, recipe, output_dir)
    except ModuleNotFoundError as error:
        sys.exit(f"training: the package {error.name!r} is missing. Install it: pip install 'briefwijzer[training]'")
    finally:
        shutil.rmtree(output_dir / ".trainer", ignore_errors=True)
    write_card(output_dir, recipe, data, figures)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    typer.run(main)

"""What the bundled model is trained on, and the whole training in small where its packages are there."""

import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from training.corpus import SentencePair, TrainingData, TrainingDataError, clean_paragraphs, read_training_data
from training.frequencies import information
from training.pairs import PairSampler
from training.translation import Lexicon, align

ROOT = Path(__file__).parent.parent
PARAGRAPHS = [
    f"De gemeente {name} moet in het jaar {year} zorgen voor de opvang van asielzoekers in een gebouw met een keuken. "
    f"Dat is een taak die de wet aan de gemeente {name} geeft en die niet kan worden geweigerd. "
    f"Het rijk betaalt daarvoor een bedrag dat elk jaar door de minister wordt vastgesteld voor de gemeente."
    for name in ("Arnhem", "Breda", "Delft", "Ede", "Gouda", "Hoorn", "Leiden", "Meppel")
    for year in (2021, 2022, 2023, 2024, 2025)
]
WORDS = [
    ("municipality", "gemeente"),
    ("law", "wet"),
    ("reception", "opvang"),
    ("building", "gebouw"),
    ("task", "taak"),
    ("amount", "bedrag"),
    ("kitchen", "keuken"),
]
PAIRS = [SentencePair("The law gives a task.", "De wet geeft een taak.", "")] * 20


@pytest.fixture
def data():
    return TrainingData(list(PARAGRAPHS), {"pairs": list(PAIRS)}, list(WORDS), [("gebouw", "pand")])


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    path.mkdir()
    (path / "paragraphs_nl.txt.xz").write_bytes(lzma.compress("\n".join(PARAGRAPHS).encode()))
    (path / "dictionary_en_nl.tsv").write_text("\n".join("\t".join(pair) for pair in WORDS), encoding="utf-8")
    (path / "synonyms_nl.tsv").write_text("gebouw\tpand\n", encoding="utf-8")
    (path / "pairs.tsv").write_text("The law gives a task.\tDe wet geeft een taak.\n" * 20, encoding="utf-8")
    return path


def test_a_folder_of_texts_and_pairs_is_read(folder):
    data = read_training_data(folder)
    assert len(data.paragraphs) == len(PARAGRAPHS)
    assert ("law", "wet") in data.words
    assert data.sources["pairs.tsv"] == 20


@pytest.mark.parametrize("missing", ["paragraphs_nl.txt.xz"])
def test_a_missing_file_is_named(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(TrainingDataError, match="paragraphs_"):
        read_training_data(folder)


def test_a_malformed_line_is_named(folder):
    (folder / "pairs.tsv").write_text("one\ttwee\nalleen\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match="line 2"):
        read_training_data(folder)


def test_what_is_no_running_dutch_is_dropped():
    noise = ["Inhoud 1 2 3 4 5", "The quick brown fox jumps over the lazy dog and runs away from it all"]
    assert clean_paragraphs([*PARAGRAPHS, *noise]) == PARAGRAPHS


def test_the_same_number_gives_the_same_batch_and_another_another(data):
    lexicon = Lexicon.build(data.words, data.synonyms, PAIRS)
    one, two = PairSampler(data, lexicon, 0, 0), PairSampler(data, lexicon, 0, 0)
    assert one.batch(3, 8) == two.batch(3, 8)
    assert any(one.batch(3, 8) != one.batch(number, 8) for number in range(4, 8))
    assert one.batch(3, 8) != PairSampler(data, lexicon, 0, 1).batch(3, 8)


def test_what_is_held_out_is_never_drawn(data):
    lexicon = Lexicon.build(data.words, data.synonyms, PAIRS)
    sampler = PairSampler(data, lexicon, len(PARAGRAPHS) - 20, 0)
    drawn = " ".join(text for number in range(40) for pair in sampler.batch(number, 8) for text in pair)
    assert "Arnhem" in drawn
    assert "Meppel" not in drawn


def test_a_dutch_word_gets_its_english_one(data):
    from random import Random

    lexicon = Lexicon.build(data.words, data.synonyms, PAIRS)
    assert lexicon.translation("gemeente", Random(0)) in ("municipality", "municipalities")
    assert lexicon.translation("pand", Random(0)) in ("building", "buildings")
    assert lexicon.translation("zomaareenwoord", Random(0)) is None


def test_alignment_learns_which_words_go_together():
    pairs = [(["de", "wet"], ["the", "law"]), (["de", "taak"], ["the", "task"]), (["een", "wet"], ["a", "law"])] * 5
    found = align(pairs)
    assert max(found["wet"], key=found["wet"].get) == "law"
    assert max(found["taak"], key=found["taak"].get) == "task"


def test_common_words_carry_little_information():
    texts = [["de gemeente en de wet"] * 50, ["de hond"] * 50]
    found = information(texts)
    assert found["de"] < found["wet"]


def test_the_command_trains_a_model_that_is_served(folder, tmp_path):
    output = tmp_path / "model"
    command = [
        sys.executable, "-m", "training", str(folder), str(output), "--steps", "3", "--batch", "8", "--pieces", "400",
        "--dimensions", "16",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    from app.embedding import load_embedder

    assert load_embedder(str(output)).encode(["de gemeente"]).shape == (1, 16)
    assert "paragraph_recall@1" in (output / "README.md").read_text(encoding="utf-8")


def test_the_command_names_what_is_missing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "training", str(tmp_path / "nergens"), str(tmp_path / "model")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nergens" in done.stderr
    assert "Traceback" not in done.stderr

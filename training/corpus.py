"""The training data: a directory of Dutch paragraphs and of tab-separated pairs, read, checked and cleaned.

    DATA_DIR/paragraphs_*.txt[.xz]   one Dutch paragraph a line, neighbours from the same document next to each other
    DATA_DIR/synonyms_*.tsv          Dutch word, Dutch word of the same meaning
    DATA_DIR/dictionary_*.tsv        English word, Dutch word
    DATA_DIR/*.tsv                   English sentence, Dutch sentence[, document]; neighbours as they stood in the text

A column after the second one of a sentence file names the document of the sentence, where it is known.
"""

import lzma
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

WORD = re.compile(r"[^\W\d_]+")
_HYPHENATED = re.compile(r"\b([^\W\d_]{2,})[-­] ([a-zà-ÿ]{2,})\b")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|https?://\S+|www\.\S+")
_SPACE = re.compile(r"\s+")
# The commonest words of running Dutch; a text without them is a list, a table, scanning noise or another language.
_DUTCH = frozenset(
    "de het een en van in op te dat die is zijn voor met aan door bij of als om tot niet wordt worden ook naar moet kan".split()
)
_DUTCH_SHARE = 0.16
_ODD_SHARE = 0.06


class TrainingDataError(ValueError):
    """The training data are missing or malformed; the message names file and line. Caught by the command alone."""


@dataclass(frozen=True)
class SentencePair:
    """An English sentence and its Dutch translation; `document` is empty where it is not known."""

    english: str
    dutch: str
    document: str


@dataclass(frozen=True)
class TrainingData:
    """What a model is trained from. `words` and `synonyms` are pairs; `sources` counts the rows of each file."""

    paragraphs: list[str]
    sentences: dict[str, list[SentencePair]]
    words: list[tuple[str, str]]
    synonyms: list[tuple[str, str]]
    sources: dict[str, int] = field(default_factory=dict)


def read_training_data(directory: Path) -> TrainingData:
    """Read every paragraph and pair file of a directory.

    Raises TrainingDataError where the directory, the paragraphs or every pair are missing, or a line is malformed.
    """
    if not directory.is_dir():
        raise TrainingDataError(
            f"{directory}: no such folder. Give the folder that holds paragraphs_*.txt[.xz] and *.tsv."
        )
    files = sorted(path for pattern in ("paragraphs_*.txt", "paragraphs_*.txt.xz") for path in directory.glob(pattern))
    if not files:
        raise TrainingDataError(f"{directory}: holds no paragraphs_*.txt or paragraphs_*.txt.xz.")
    data = TrainingData([], {}, [], [])
    for path in files:
        raw = list(_lines(path))
        data.paragraphs.extend(clean_paragraphs(raw))
        data.sources[path.name] = len(raw)
    for path in sorted(directory.glob("*.tsv")):
        rows = list(_rows(path))
        data.sources[path.name] = len(rows)
        if path.name.startswith("synonyms"):
            data.synonyms.extend((row[0], row[1]) for row in rows)
        elif path.name.startswith("dictionary"):
            data.words.extend((row[0], row[1]) for row in rows)
        else:
            data.sentences[path.stem] = [SentencePair(r[0], r[1], r[2] if len(r) > 2 else "") for r in rows]
    if not data.paragraphs:
        raise TrainingDataError(
            f"{directory}: no paragraph is left after cleaning ({', '.join(p.name for p in files)})."
        )
    if not (data.words or data.sentences):
        raise TrainingDataError(f"{directory}: holds no English-Dutch pairs (*.tsv, English first).")
    return data


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without numbers."""
    return [word.lower() for word in WORD.findall(text)]


def _lines(path: Path) -> Iterator[str]:
    read = 0
    try:
        with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as file:
            for line in file:
                yield line.decode("utf-8").strip()
                read += 1
    except (OSError, lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise TrainingDataError(f"{path}, after line {read}: cannot be read ({error}).") from error


def _rows(path: Path) -> Iterator[list[str]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line:
            continue
        row = [_unquoted(cell.strip()) for cell in line.split("\t")]
        if len(row) < 2 or not row[0] or not row[1]:
            raise TrainingDataError(f"{path}, line {number}: expected two columns apart by a tab, got {line[:80]!r}.")
        yield row


def _unquoted(cell: str) -> str:
    """Undo the quoting of spreadsheets, where it is one: in quotes, and each quote inside doubled."""
    inner = cell[1:-1].replace('""', "")
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner else cell


def clean_paragraphs(raw: list[str]) -> list[str]:
    """Drop lines that are no running Dutch, join words that a line break hyphenated, and drop links; order is kept."""
    counts: Counter[str] = Counter()
    for text in raw:
        counts.update(word.lower() for word in WORD.findall(text))
    floor = 3 if len(raw) > 10_000 else 1

    def joined(match: re.Match[str]) -> str:
        whole = match[1] + match[2]
        return whole if counts[whole.lower()] >= floor else match[0]

    kept, seen = [], set()
    for text in raw:
        text = _SPACE.sub(" ", _HYPHENATED.sub(joined, _LINK.sub(r"\1", text))).strip()
        if text not in seen and _is_running_dutch(text, counts, floor):
            kept.append(text)
            seen.add(text)
    return kept


def _is_running_dutch(text: str, counts: Counter[str], floor: int) -> bool:
    words = [word.lower() for word in WORD.findall(text)]
    if len(words) < 8:
        return False
    dutch = sum(word in _DUTCH for word in words)
    odd = sum(counts[word] < floor or (len(word) == 1 and word not in "uaen") for word in words)
    return dutch >= _DUTCH_SHARE * len(words) and odd <= _ODD_SHARE * len(words)

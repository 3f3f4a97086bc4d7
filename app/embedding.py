"""Text to vectors: the bundled static model, or any sentence-transformers model by its path or name.

A static model (a table of token vectors, averaged) is served from its file as it lies on disk, without torch: only the rows
that texts need come into memory, and the numbers are those of sentence-transformers. Every other model is served by
sentence-transformers.
"""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError

Vectors = NDArray[np.float32]
# So many rows stay in a core's own cache.
_TEXTS_A_STEP = 256
_WORDS_A_TEXT = 256
# So many words' tokens are kept, of so many signs: some 20 MB.
_WORDS_KEPT, _SIGNS_KEPT = 100_000, 2_000_000
# What these do to a sign does not depend on what stands beyond a space.
_NORMALISERS = frozenset({"NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase", "BertNormalizer"})
_CLASS_OF_SIGNS = re.compile(r"\[\^?[^\[\]]+\]\+?")


class Embedder(Protocol):
    """What Briefwijzer needs of an embedding model."""

    @property
    def digest(self) -> str:
        """Identify the weights: an index made with another digest cannot be searched."""
        ...

    @property
    def name(self) -> str:
        """How the model is called in messages."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def word_level(self) -> bool:
        """Whether the vector of a single word says what the word means: words can then be aligned across languages."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row per text, float32, shape (len(texts), dimensions)."""
        ...


@runtime_checkable
class AdditiveEmbedder(Embedder, Protocol):
    """A model whose vector of a text follows from those of its sentences."""

    def summing(self) -> Callable[[Sequence[str]], Vectors]:
        """Return what makes rows that add up: the sum of several, normalised, is the vector of their texts as one."""
        ...


def bundled_model() -> Path:
    """Return the directory of the model in the box."""
    return Path(str(resources.files("app"))) / "model"


def load_embedder(model: str | None = None) -> Embedder:
    """Return the embedder for a model directory or name; None is the bundled one.

    Nothing touches the network: a name that is not a directory is looked up in the local model cache alone.
    Raises ModelError where the model is not there or cannot be read.
    """
    path = Path(model) if model else bundled_model()
    if path.is_dir():
        if _is_static(path):
            return StaticEmbedder(path)
        return TransformerEmbedder(str(path))
    if model is None:
        raise ModelError(
            f"The bundled model is missing at {path}. Install Briefwijzer again, or train one: make model."
        )
    if not _is_cached(model):
        # Said before torch is loaded, which takes seconds.
        raise ModelError(
            f"Embedding model {model!r} is neither a directory nor in the local model cache. Give BRIEFWIJZER_EMBEDDING_MODEL "
            "the path of a directory, or the name of a model that was downloaded before."
        )
    return TransformerEmbedder(model)


def _is_cached(name: str) -> bool:
    """Whether a model of this name may be in the local cache: sentence-transformers looks for short names among its own."""
    from huggingface_hub.constants import HF_HUB_CACHE

    caches = [Path(HF_HUB_CACHE), *map(Path, filter(None, [os.environ.get("SENTENCE_TRANSFORMERS_HOME")]))]
    names = [name] if "/" in name else [name, f"sentence-transformers/{name}"]
    return any((cache / f"models--{one.replace('/', '--')}").is_dir() for cache in caches for one in names)


def _is_static(path: Path) -> bool:
    try:
        modules = json.loads((path / "modules.json").read_text(encoding="utf-8"))
        return "StaticEmbedding" in modules[0]["type"]
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(f"{path / 'modules.json'}: not a sentence-transformers model ({error}).") from error


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for name in sorted(
        p for p in path.rglob("*") if p.suffix in (".safetensors", ".bin") or p.name == "tokenizer.json"
    ):
        digest.update(name.relative_to(path).as_posix().encode())
        with name.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def normalised(vectors: Any) -> Vectors:
    """Return the rows at length 1, null rows as they are."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    # A text without a single known token has the null vector, which is like nothing; it stays so.
    return np.divide(rows, np.where(norms > 0, norms, 1), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _TokenTable:
    """A tokenizer and the vector of each of its tokens; ``unknown`` is the token that stands for what it does not know."""

    tokenizer: Any
    rows: NDArray[np.floating]
    unknown: int | None

    @classmethod
    def load(cls, path: Path) -> "_TokenTable":
        """Read a static model's directory, in whatever layout."""
        from tokenizers import Tokenizer

        modules = json.loads((path / "modules.json").read_text(encoding="utf-8"))
        folder = path / modules[0]["path"]
        rows = _mapped(folder / "model.safetensors")
        if rows is None:
            rows, tokenizer = _folded(path)
        else:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(tokenizer, rows, _unknown(tokenizer))

    def sums(self, texts: Sequence[str]) -> Vectors:
        """Return the sum of the vectors of each text's tokens, null where it has none."""
        found = np.zeros((len(texts), self.rows.shape[1]), dtype=np.float32)
        for place, encoding in enumerate(self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)):
            if ids := [token for token in encoding.ids if token != self.unknown]:
                # A product with ones is the quickest sum.
                found[place] = np.ones(len(ids), dtype=np.float32) @ self.rows.take(ids, axis=0).astype(np.float32)
        return found


class TokenSums:
    """Sums the token vectors of many texts in few and large steps, so that it gets on beside a thread that holds Python's lock.

    Where a tokenizer allows it, each word is taken apart once, however often it stands in the texts. It holds the whole table as
    float32 (54 MB for the bundled model) and the tokens of the last words: let go of it when the texts are done.
    """

    def __init__(self, table: _TokenTable, words_kept: int = _WORDS_KEPT) -> None:
        self._tokenizer = table.tokenizer
        self._kept = words_kept
        self._by_words = splits_at_spaces(table.tokenizer)
        self._words: dict[str, int] = {}
        self._signs = 0
        # The tokens of all words on end, and where those of each begin.
        self._tokens, self._starts = np.zeros(0, dtype=np.intp), np.zeros(1, dtype=np.intp)
        self._rows = table.rows.astype(np.float32)
        if table.unknown is not None:
            self._rows[table.unknown] = 0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text, null where it has no known token."""
        flat, lengths = self._of_words(texts) if self._by_words and texts else self._encoded(texts)
        starts = np.cumsum(lengths) - lengths
        found = np.zeros((len(texts), self._rows.shape[1]), dtype=np.float32)
        # Longest first, so that those with a token at a place stand in front.
        order = np.argsort(-lengths, kind="stable")
        for first in range(0, len(order), _TEXTS_A_STEP):
            places = order[first : first + _TEXTS_A_STEP]
            found[places] = self._sums(flat, starts[places], lengths[places])
        return found

    def _encoded(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the tokens of all texts on end, and how many are of each."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        lengths = np.fromiter(map(len, ids), dtype=np.intp, count=len(ids))
        return np.fromiter(chain.from_iterable(ids), dtype=np.intp, count=int(lengths.sum())), lengths

    def _encoded_apart(self, words: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the same for words without spaces. Many are given as one text, which takes half the time."""
        groups = [words[place : place + _WORDS_A_TEXT] for place in range(0, len(words), _WORDS_A_TEXT)]
        joined = self._tokenizer.encode_batch([" ".join(group) for group in groups], add_special_tokens=False)
        lengths = np.zeros(len(words), dtype=np.intp)
        for number, (group, encoding) in enumerate(zip(groups, joined, strict=True)):
            begins = np.cumsum([0, *(len(word) + 1 for word in group[:-1])])
            at = np.fromiter((start for start, _ in encoding.offsets), dtype=np.intp, count=len(encoding.ids))
            place = number * _WORDS_A_TEXT
            lengths[place : place + len(group)] = np.bincount(
                np.searchsorted(begins, at, side="right") - 1, minlength=len(group)
            )
        ids = chain.from_iterable(encoding.ids for encoding in joined)
        return np.fromiter(ids, dtype=np.intp, count=int(lengths.sum())), lengths

    def _of_words(self, texts: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the same, put together from the tokens of the texts' words."""
        words = [text.split(" ") for text in texts]
        if len(self._words) > self._kept or self._signs > _SIGNS_KEPT:
            self._words.clear()
            self._tokens, self._starts, self._signs = self._tokens[:0], self._starts[:1], 0
        self._learn(list(set(chain.from_iterable(words)).difference(self._words)))
        counts = np.fromiter(map(len, words), dtype=np.intp, count=len(words))
        numbers = np.fromiter(
            map(self._words.__getitem__, chain.from_iterable(words)), dtype=np.intp, count=int(counts.sum())
        )
        starts = self._starts[numbers]
        lengths = self._starts[numbers + 1] - starts
        ends = np.cumsum(lengths)
        flat = self._tokens[np.repeat(starts - ends + lengths, lengths) + np.arange(lengths.sum())]
        return flat, np.add.reduceat(lengths, np.cumsum(counts) - counts)

    def _learn(self, new: list[str]) -> None:
        if not new:
            return
        tokens, lengths = self._encoded_apart(new)
        self._words.update(zip(new, range(len(self._words), len(self._words) + len(new)), strict=True))
        self._signs += sum(map(len, new))
        self._tokens = np.concatenate([self._tokens, tokens])
        self._starts = np.concatenate([self._starts, self._starts[-1] + np.cumsum(lengths)])

    def _sums(self, flat: NDArray[np.intp], starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> Vectors:
        sums = np.zeros((len(starts), self._rows.shape[1]), dtype=np.float32)
        count = len(starts)
        for place in range(int(lengths[0])):
            while lengths[count - 1] <= place:
                count -= 1
            sums[:count] += self._rows.take(flat[starts[:count] + place], axis=0)
        return sums


def splits_at_spaces(tokenizer: Any) -> bool:
    """Whether the tokens of a text are those of its words, cut at each space, one after the other."""
    spec = json.loads(tokenizer.to_str())
    normaliser, splitter = spec["normalizer"] or {"type": "Sequence", "normalizers": []}, spec["pre_tokenizer"] or {}
    steps = normaliser["normalizers"] if normaliser["type"] == "Sequence" else [normaliser]
    by_class = splitter.get("type") == "Split" and (
        splitter["behavior"] == "Removed" and not splitter["invert"]
        and _CLASS_OF_SIGNS.fullmatch(splitter["pattern"].get("Regex", "")) is not None
    )  # fmt: skip
    return (
        all(step["type"] in _NORMALISERS for step in steps)
        and (by_class or splitter.get("type") in ("Whitespace", "WhitespaceSplit", "BertPreTokenizer"))
        and [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str("a b")] == ["a", "b"]
        and all(" " not in token["content"] for token in spec["added_tokens"])
    )


def _mapped(path: Path) -> NDArray[np.floating] | None:
    """Return the table of a safetensors file, mapped from disk; None where it is not stored as one plain table."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length < path.stat().st_size:
            raise ValueError(f"{path} is no safetensors file")
        tensors = {name: entry for name, entry in json.loads(file.read(length)).items() if name != "__metadata__"}
    entry = tensors.get("embedding.weight")
    kind = {"F16": np.float16, "F32": np.float32}.get(entry["dtype"]) if entry else None
    if entry is None or kind is None or len(tensors) > 1:
        return None
    start = 8 + length + entry["data_offsets"][0]
    # A plain view: a memmap's own indexing is slower.
    return np.asarray(np.memmap(path, dtype=kind, mode="r", offset=start, shape=tuple(entry["shape"])))


def _folded(path: Path) -> tuple[NDArray[np.floating], Any]:
    """Return one row per token of a model that model2vec stored with shared rows or weights apart, and its tokenizer."""
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(path)
    rows = model.embedding if model.token_mapping is None else model.embedding[model.token_mapping]
    return (rows if model.weights is None else rows * model.weights[:, None]), model.tokenizer


def _unknown(tokenizer: Any) -> int | None:
    if hasattr(tokenizer.model, "unk_token"):
        token = tokenizer.model.unk_token
        return None if token is None else tokenizer.token_to_id(token)
    found: int | None = json.loads(tokenizer.to_str())["model"].get("unk_id")
    return found


class StaticEmbedder:
    """A sentence-transformers StaticEmbedding, served without torch."""

    word_level = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._loaded: _TokenTable | None = None

    @property
    def _table(self) -> _TokenTable:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    # The tokenizer's own threads gain nothing on short texts, and warn after a fork.
                    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                    try:
                        self._loaded = _TokenTable.load(self._path)
                    except Exception as error:
                        raise ModelError(f"{self._path}: the embedding model cannot be loaded ({error}).") from error
        return self._loaded

    @cached_property
    def digest(self) -> str:
        """Identify the weights."""
        return _digest(self._path)

    @property
    def name(self) -> str:
        """The directory's name."""
        return "bundled" if self._path == bundled_model() else self._path.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._table.rows.shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row per text."""
        return normalised(self._table.sums(texts))

    def summing(self, words_kept: int = _WORDS_KEPT) -> TokenSums:
        """Return what makes rows that add up: the sum of several, normalised, is the vector of their texts as one.

        ``words_kept``: of how many words it remembers the tokens.
        """
        return TokenSums(self._table, words_kept)


class TransformerEmbedder:
    """Any other sentence-transformers model, loaded from disk or from the local model cache."""

    # Trained on sentences; a word on its own is out of its ground, and embedding a vocabulary with it takes hours.
    word_level = False

    def __init__(self, model: str) -> None:
        self._name = model
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:
        with self._lock:
            # Offline before the import: a missing hub otherwise costs more than a minute.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            try:
                from sentence_transformers import SentenceTransformer

                return SentenceTransformer(self._name, device="cpu", local_files_only=True)
            except Exception as error:
                raise ModelError(
                    f"Embedding model {self._name!r} is neither a directory nor in the local model cache, or cannot be read "
                    f"({type(error).__name__}: {str(error)[:200]}). Give BRIEFWIJZER_EMBEDDING_MODEL the path of a directory."
                ) from error

    @cached_property
    def digest(self) -> str:
        """Identify the weights: of a directory its files, of a cached model its name."""
        path = Path(self._name)
        return _digest(path) if path.is_dir() else hashlib.sha256(self._name.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The name or directory it was loaded by."""
        return self._name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row per text."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return normalised(self._model.encode(list(texts), batch_size=32, show_progress_bar=False))

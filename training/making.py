"""Trains the static model with sentence-transformers' own trainer and losses, and measures it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.corpus import SentencePair, TrainingData, words_of
from training.pairs import Pair, PairSampler
from training.translation import Lexicon
from training.vocabulary import document_frequencies, train_tokenizer

HELD_OUT = 2_000
_TRANSLATIONS_HELD_OUT = 0.1
_RARE_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be chosen. ``pieces`` is the vocabulary's size; float16 of pieces x dimensions must stay under 28 MB."""

    steps: int = 2_400
    batch: int = 1_024
    pieces: int = 35_000
    dimensions: int = 384
    learning_rate: float = 0.05
    scale: float = 20.0
    seed: int = 0


def train(data: TrainingData, recipe: Recipe, output: Path) -> dict[str, float]:
    """Train a model, write it to ``output`` and return its figures on what was held out."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    torch.manual_seed(recipe.seed)
    learned, held = _split(data)
    lexicon = Lexicon.build(learned.words, learned.synonyms, [p for rows in learned.sentences.values() for p in rows])
    tokenizer = train_tokenizer(_texts(learned), recipe.pieces)
    weights = _initial(tokenizer, learned.paragraphs, recipe)
    module = StaticEmbedding(tokenizer, embedding_weights=weights)
    model = SentenceTransformer(modules=[module], device="cpu")
    started = time.time()
    held_out = min(HELD_OUT, len(data.paragraphs) // 10)
    _fit(model, PairSampler(learned, lexicon, held_out, recipe.seed), recipe, output)
    took = time.time() - started
    table = module.embedding.weight.detach().half()
    table[0] = 0  # The unknown piece means nothing.
    finished = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=table), Normalize()], device="cpu"
    )
    finished.save(str(output), create_model_card=False)
    return {"training_s": round(took, 1), **measure(finished, data.paragraphs[len(data.paragraphs) - held_out :], held)}


def _split(data: TrainingData) -> tuple[TrainingData, list[SentencePair]]:
    """Hold out the last tenth of each file of sentence pairs; the paragraphs' end is held out by the sampler."""
    learned: dict[str, list[SentencePair]] = {}
    held: list[SentencePair] = []
    for name, rows in data.sentences.items():
        cut = len(rows) - int(len(rows) * _TRANSLATIONS_HELD_OUT)
        learned[name] = rows[:cut]
        held += rows[cut:]
    return TrainingData(data.paragraphs, learned, data.words, data.synonyms, data.sources), held


def _texts(data: TrainingData) -> Any:
    """Yield what the vocabulary is made for: paragraphs, and the scarcer English and single words several times."""
    yield from data.paragraphs[: len(data.paragraphs) - min(HELD_OUT, len(data.paragraphs) // 10) : 2]
    for rows in data.sentences.values():
        for row in rows:
            yield from (row.dutch, row.english, row.english, row.english)
    for _ in range(4):
        for pair in data.words:
            yield from pair
    for pair in data.synonyms:
        yield from pair


def _initial(tokenizer: Any, paragraphs: Sequence[str], recipe: Recipe) -> NDArray[np.float32]:
    """Return random vectors as long as their pieces are rare: a common piece should not drown the others."""
    sample = list(paragraphs[::8])
    frequencies = document_frequencies(tokenizer, sample)
    rarity = np.log((len(sample) + 1) / (frequencies + 0.5))
    rarity = np.maximum(rarity / rarity.mean(), _RARE_LEAST)
    drawn = np.random.default_rng(recipe.seed).standard_normal((tokenizer.get_vocab_size(), recipe.dimensions))
    weights: NDArray[np.float32] = (drawn * rarity[:, None]).astype(np.float32)
    weights[0] = 0
    return weights


class _Batches:
    """Turns the numbers of rows into pairs, so that no pair is ever stored; asked for whole batches by ``datasets``."""

    def __init__(self, sampler: PairSampler) -> None:
        self._sampler = sampler

    def __reduce__(self) -> tuple[type, tuple[()]]:
        # datasets pickles a transform only to name it; the lexicon behind this one is large, and its seed says it all.
        return (dict, ())

    def __call__(self, rows: dict[str, list[int]]) -> dict[str, list[str]]:
        pairs: Sequence[Pair] = self._sampler.batch(rows["number"][0], len(rows["number"]))
        return {"anchor": [anchor for anchor, _ in pairs], "positive": [positive for _, positive in pairs]}


def _fit(model: Any, sampler: PairSampler, recipe: Recipe, output: Path) -> None:
    from datasets import Dataset
    from datasets.table import InMemoryTable
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss

    table = InMemoryTable.from_pydict({"number": list(range(recipe.steps * recipe.batch))})
    numbers = Dataset(table, fingerprint=f"pairs-{recipe.seed}")
    numbers.set_format("custom", transform=_Batches(sampler))
    ranking = MultipleNegativesRankingLoss(model, scale=recipe.scale)
    loss = MatryoshkaLoss(
        model, ranking, matryoshka_dims=sorted({recipe.dimensions, min(128, recipe.dimensions)}, reverse=True)
    )
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(output / ".trainer"), max_steps=recipe.steps, per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate, warmup_steps=max(1, recipe.steps // 20), lr_scheduler_type="linear",
        optim="adamw_torch", weight_decay=0.0, max_grad_norm=0, save_strategy="no", logging_steps=max(1, recipe.steps // 20),
        report_to="none", dataloader_num_workers=0, use_cpu=True, seed=recipe.seed,
    )  # fmt: skip
    SentenceTransformerTrainer(model=model, args=arguments, train_dataset=numbers, loss=loss).train()


def measure(model: Any, paragraphs: Sequence[str], translations: Sequence[SentencePair]) -> dict[str, float]:
    """Return recall on held-out texts: a sentence finds the rest of its paragraph, an English sentence the Dutch one."""
    split = [(text.split(". ", 1)) for text in paragraphs]
    pairs = [(rest[0], rest[1]) for rest in split if len(rest) == 2 and len(words_of(rest[1])) > 8]
    started = time.perf_counter()
    model.encode([text for _, text in pairs], batch_size=256)
    speed = len(pairs) / (time.perf_counter() - started) if pairs else 0.0
    figures: dict[str, float] = {"passages_per_s": round(speed)}
    for name, asked in (("paragraph", pairs), ("translation", [(p.english, p.dutch) for p in translations])):
        for depth in (1, 10):
            figures[f"{name}_recall@{depth}"] = round(_recall(model, asked, depth), 4) if asked else 0.0
    return figures


def _recall(model: Any, pairs: Sequence[Pair], depth: int) -> float:
    asked = model.encode([a for a, _ in pairs], batch_size=256)
    texts = model.encode([b for _, b in pairs], batch_size=256)
    right = 0
    for start in range(0, len(pairs), 512):
        scores = asked[start : start + 512] @ texts.T
        own = scores[np.arange(len(scores)), np.arange(start, start + len(scores))]
        right += int(((scores > own[:, None]).sum(axis=1) < depth).sum())
    return right / len(pairs)

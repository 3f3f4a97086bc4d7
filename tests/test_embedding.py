"""The bundled model as it is served, and any other in its place."""

import json

import numpy as np
import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from app.embedding import StaticEmbedder, bundled_model, load_embedder, normalised, splits_at_spaces
from app.errors import ModelError
from app.index import open_current
from app.retrieval import Retriever
from ingest.pipeline import ingest_corpus

TEXTS = ["Wat zegt VWN over de Terugkeerverordening?", "", "family reunification", "één 14% ☃", "x" * 5_000]


def test_rows_are_unit_vectors_and_an_empty_text_is_like_nothing(bundled):
    rows = bundled.encode(TEXTS)
    assert rows.shape == (len(TEXTS), bundled.dimensions)
    assert rows.dtype == np.float32
    norms = np.linalg.norm(rows, axis=1)
    assert norms[[0, 2, 3]] == pytest.approx(1, abs=1e-5)
    assert norms[1] == 0
    assert bundled.encode([]).shape == (0, bundled.dimensions)


def test_words_that_mean_the_same_lie_near_each_other_across_languages(bundled):
    words = ["recognition", "erkenning", "voetbal", "refugee", "vluchteling"]
    rows = bundled.encode(words)
    likeness = rows @ rows.T
    assert likeness[0, 1] > 0.4
    assert likeness[3, 4] > 0.4
    assert likeness[0, 2] < 0.2


def test_it_is_served_without_torch_with_the_numbers_of_sentence_transformers(bundled):
    import sentence_transformers

    texts = [text for text in TEXTS if text]
    theirs = sentence_transformers.SentenceTransformer(str(bundled_model()), device="cpu").encode(texts)
    assert np.abs(bundled.encode(texts) - theirs).max() < 1e-3


@pytest.mark.parametrize("kept", [100_000, 3])
def test_sums_of_texts_whose_words_are_remembered_are_those_of_each_text_by_itself(bundled, kept):
    texts = [
        *TEXTS, " ", "  twee  spaties ", "Één\u00a0vast [UNK] [UNK]x", "e\u0301 \u0301los ﬁ ½", "İstanbul ΣΑΣ ß", "regel\neen\ttwee",
        "a-b/c; d’e 14%.", "vluchtelingenwerk vluchtelingenwerk", "☃ — 难民 اللاجئين 😀 𝔘 …", "\u200b", "x" * 300 + " ﷺ ㍿ ① ǆ",
        " ".join(f"{a}{b}{c}" for a in "kbst" for b in "aeiou" for c in ("n", "ng", "rd", "é", "ﬁ", "'s", "-", "1%", "ß", "\u0301")),
    ]  # fmt: skip
    summing = bundled.summing(kept)
    for _ in range(2):
        np.testing.assert_allclose(normalised(summing(texts)), bundled.encode(texts), atol=1e-6)
    assert np.array_equal(summing(texts), np.concatenate([summing([text]) for text in texts]))
    assert summing([]).shape == (0, bundled.dimensions)


@pytest.mark.parametrize(
    ("splitter", "normaliser", "apart"),
    [
        (pre_tokenizers.Whitespace(), normalizers.Lowercase(), True),
        (pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(), True),
        (pre_tokenizers.Split(Regex(r"[^\p{L}]+"), "removed"), None, True),
        (pre_tokenizers.Split(Regex(r"[^\p{L}]+"), "merged_with_next"), None, False),
        (pre_tokenizers.Split(Regex(r"(?<=a) b|[ ]"), "removed"), None, False),
        (pre_tokenizers.Split(Regex(r"[,]"), "removed"), None, False),
        (pre_tokenizers.ByteLevel(add_prefix_space=False), None, False),
        (pre_tokenizers.Metaspace(), None, False),
        (pre_tokenizers.Whitespace(), normalizers.Replace("a b", "c"), False),
        (None, None, False),
    ],
)
def test_words_are_taken_apart_alone_only_where_a_tokenizer_cuts_at_spaces_anyway(splitter, normaliser, apart):
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, "[UNK]"))
    if splitter is not None:
        tokenizer.pre_tokenizer = splitter
    if normaliser is not None:
        tokenizer.normalizer = normaliser
    assert splits_at_spaces(tokenizer) is apart
    tokenizer.add_tokens(["San Francisco"])
    assert not splits_at_spaces(tokenizer)


def test_the_model_stays_small_and_has_a_card_with_figures():
    size = sum(path.stat().st_size for path in bundled_model().rglob("*") if path.is_file())
    assert size <= 30 * 1024 * 1024
    card = (bundled_model() / "README.md").read_text(encoding="utf-8")
    assert "recall@1" in card
    assert "python -m training" in card


def test_the_digest_tells_other_weights(tmp_path):
    import shutil

    shutil.copytree(bundled_model(), tmp_path / "model")
    same = load_embedder(str(tmp_path / "model"))
    assert isinstance(same, StaticEmbedder)
    assert same.digest == load_embedder().digest
    with (tmp_path / "model" / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        weights.write(b"\x01")
    assert load_embedder(str(tmp_path / "model")).digest != load_embedder().digest


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    """A sentence-transformers model with two tiny layers of chance weights, made here."""
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    folder = tmp_path_factory.mktemp("tiny")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    ]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.BertModel(config).save_pretrained(folder / "bert")
    layer = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[layer, Pooling(32)], device="cpu").save(str(folder / "model"))
    return folder / "model"


def test_any_other_sentence_transformers_model_can_take_its_place(transformer, make_corpus, tmp_path):
    embedder = load_embedder(str(transformer))
    assert not isinstance(embedder, StaticEmbedder)
    assert embedder.dimensions == 32
    ingest_corpus(make_corpus(), tmp_path / "index", embedder)
    index = open_current(tmp_path / "index")
    retriever = Retriever(index, embedder)
    [best, *_] = retriever.search(retriever.reader.read("Wie krijgt geld voor taallessen?"))
    assert "taallessen" in best.passage.text
    with pytest.raises(ModelError, match="briefwijzer ingest"):
        index.check_model(load_embedder())
    index.close()


@pytest.mark.parametrize("content", ["", "{", "[]", '[{"type": 1}]', "{}"])
def test_a_folder_that_is_no_model_is_named(tmp_path, content):
    (tmp_path / "modules.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_embedder(str(tmp_path)).encode(["x"])


def test_a_name_that_is_nowhere_is_named_without_asking_the_network():
    with pytest.raises(ModelError, match="geen-model"):
        load_embedder("nergens/geen-model").encode(["x"])


def test_broken_weights_are_said_to_be_so(tmp_path):
    (tmp_path / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]),
        encoding="utf-8",
    )
    (tmp_path / "model.safetensors").write_bytes(b"kapot")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(tmp_path)).encode(["x"])

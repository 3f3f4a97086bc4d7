"""Cross-encoders, tried with tiny models made here: random weights, so what is tested is all but their judgement."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.answering import Answerer
from app.answering.entailing import Entailment
from app.crossencoder import PairScorer
from app.embedding import bundled_model
from app.errors import ModelError
from app.index import open_current
from app.main import create_app
from app.retrieval import RetrievalWeights, Retriever
from app.retrieval.reranking import Reranker
from app.settings import Settings
from tests.chat_server import chat_server
from tests.test_generative import GOOD, QUESTION, answered_by, line, saying

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] de het een huur stijgt daalt terugkeer bewaring goedkoper niet".split()


def tiny_model(folder: Path, labels: list[str]) -> Path:
    """Save a BERT of a few thousand weights, drawn with a seed."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(4)
    (folder / "words.txt").parent.mkdir(parents=True, exist_ok=True)
    (folder / "words.txt").write_text("\n".join(WORDS), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=128, initializer_range=1.0, id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}, model_max_length=128).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def nli(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("nli"), ["contradiction", "entailment", "neutral"])


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("ranking"), ["LABEL_0"])


@pytest.fixture(scope="module")
def index(letter_index):
    opened = open_current(letter_index)
    yield opened
    opened.close()


def retriever_on(index, bundled, reranker=None):
    return Retriever(index, bundled, RetrievalWeights.load(bundled_model()), reranker)


def test_scores_do_not_depend_on_what_else_is_in_the_batch(ranking):
    scorer = PairScorer(ranking, "BRIEFWIJZER_RERANKER")
    pairs = [("de huur", f"de huur {'stijgt ' * n}") for n in range(40)]
    together = scorer.scores(pairs)
    assert together.shape == (40, 1)
    assert np.allclose(together[7], scorer.scores([pairs[7]])[0], atol=1e-4)
    assert scorer.scores([]).shape == (0, 1)


def test_the_probability_is_the_share_of_the_label_that_says_entailment(nli):
    entailment = Entailment(nli)
    row = PairScorer(nli, "BRIEFWIJZER_NLI").scores([("de huur stijgt", "de huur daalt")])[0].astype(float)
    expected = np.exp(row[1]) / np.exp(row).sum()
    assert entailment.probability("de huur stijgt", "de huur daalt") == pytest.approx(expected, abs=1e-5)


def test_a_statement_that_is_not_entailed_is_dropped_and_counted(index, bundled, nli):
    retriever = retriever_on(index, bundled)
    answerer = Answerer(retriever), retriever
    for least, mode in ((0.0, "llm"), (1.1, "extractive")):
        events, _, dropped = answered_by(answerer, saying(line(GOOD, 1)), entailment=Entailment(nli, least))
        assert events[-1].mode == mode
        assert dropped["not_entailed"] == (mode == "extractive")


def test_a_reranker_puts_the_best_in_its_own_order_and_leaves_the_scores_in_place(index, bundled, ranking):
    plain = retriever_on(index, bundled)
    question = plain.reader.read(QUESTION)
    before = plain.search(question, 12)
    reranker = Reranker(ranking, most=5)
    after = reranker.reordered(question.repaired, before)
    scores = PairScorer(ranking, "BRIEFWIJZER_RERANKER").scores(
        [(question.repaired, h.passage.text) for h in before[:5]]
    )
    expected = [before[place].passage.id for place in np.argsort(-scores[:, 0], kind="stable")]
    assert [hit.passage.id for hit in after[:5]] == expected
    assert expected != [hit.passage.id for hit in before[:5]], "the tiny model has an opinion of its own"
    assert [hit.score for hit in after] == [hit.score for hit in before]
    assert after[5:] == before[5:]
    assert {hit.passage.id for hit in after} == {hit.passage.id for hit in before}


def test_search_goes_through_the_reranker(index, bundled, ranking):
    reranker = Reranker(ranking)
    plain, reranked = retriever_on(index, bundled), retriever_on(index, bundled, reranker)
    question = plain.reader.read(QUESTION)
    found = reranked.search(question, 5)
    assert len(found) == 5
    assert [h.passage.id for h in found] == [
        h.passage.id for h in reranker.reordered(question.repaired, plain.search(question, 20))[:5]
    ]
    answer = Answerer(reranked).ask(QUESTION)
    assert all(citation.quote for citation in answer.citations)


@pytest.mark.parametrize("kind", [Reranker, Entailment])
def test_a_folder_that_is_not_there_or_holds_no_model_is_named_with_its_setting(kind, tmp_path):
    setting = "BRIEFWIJZER_RERANKER" if kind is Reranker else "BRIEFWIJZER_NLI"
    with pytest.raises(ModelError, match=f"{setting} = .*nergens.* is no directory"):
        kind(tmp_path / "nergens")
    with pytest.raises(ModelError, match=f"{setting} = .*no cross-encoder can be read"):
        kind(tmp_path)


def test_a_model_of_the_other_kind_is_refused(nli, ranking):
    with pytest.raises(ModelError, match="no label 'entailment'"):
        Entailment(ranking)
    with pytest.raises(ModelError, match="gives 3 scores"):
        Reranker(nli)


def test_the_service_does_not_start_with_a_wrong_path(letter_index, tmp_path):
    from fastapi.testclient import TestClient

    missing = str(tmp_path / "nergens")
    with (
        pytest.raises(ModelError, match="BRIEFWIJZER_RERANKER"),
        TestClient(create_app(Settings(index_dir=letter_index, reranker=missing))),
    ):
        pass
    with (
        chat_server(saying("")) as model,
        pytest.raises(ModelError, match="BRIEFWIJZER_NLI"),
        TestClient(create_app(Settings(index_dir=letter_index, llm="openai:x", llm_url=model.url, nli=missing))),
    ):
        pass


def test_torch_is_not_loaded_before_a_cross_encoder_is():
    code = "import sys, app.retrieval.reranking, app.answering.entailing; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"

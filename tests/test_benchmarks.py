"""What the benchmarks stand on: their texts, their figures, and the bare application they compare with. Nothing here is timed."""

import pytest
from fastapi.testclient import TestClient

from ingest.pipeline import ingest_corpus
from tests.benchmarks.bare import create_bare
from tests.benchmarks.rounds import Latency, interleaved, percentile, ratio, table
from tests.benchmarks.texts import SPEAKERS, DutchTexts, write_corpus


def test_the_same_seed_gives_the_same_texts_and_another_gives_others():
    first, again, other = (list(DutchTexts(seed).records(20)) for seed in (0, 0, 1))
    assert first == again
    assert {record.text for record in first}.isdisjoint(record.text for record in other)
    assert DutchTexts().questions(40) == DutchTexts().questions(40)


def test_words_are_spread_as_in_real_text():
    records = list(DutchTexts().records(500))
    words = [word for record in records for word in record.text.lower().split()]
    counts = sorted((words.count(word) for word in set(words[:2_000])), reverse=True)
    assert len(set(words)) > 8_000
    assert counts[0] > 20 * counts[len(counts) // 2]
    assert 40 < len(words) / len(records) < 120
    assert max(len(record.text) for record in records) <= 1_200  # so that each is one passage


def test_each_is_asked_in_turn_and_the_first_round_does_not_count():
    asked = []
    found = interleaved(
        {"a": lambda q: asked.append("a" + q), "b": lambda q: asked.append("b" + q)}, list("12345678"), 3
    )
    assert asked[:4] == ["a1", "b1", "b5", "a5"]
    assert sorted(asked) == sorted(name + number for name in "ab" for number in "12345678")
    assert all(len(one.rounds) == 3 for one in found.values())


def test_figures_are_medians_of_rounds():
    whole, one, two = (Latency(((k, 2 * k), (k, 3 * k), (100 * k, 4 * k))) for k in (6.0, 1.0, 2.0))
    assert (whole.p50, whole.p95) == (6.0, 18.0)
    assert ratio(whole, one, two) == pytest.approx(2.0)
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
    assert table(("", "ms"), [("a", 1.234)]).endswith("| a | 1.23 |")


def test_the_bare_application_answers_from_the_same_index(tmp_path, bundled):
    corpus = write_corpus(tmp_path / "corpus", 12)
    outcome = ingest_corpus(corpus, tmp_path / "index", bundled)
    assert {state.speaker for state in outcome.states} == {ident for ident, _, _ in SPEAKERS}
    assert sum(state.passages for state in outcome.states) == 12
    client = TestClient(create_bare(tmp_path / "index"))
    [record] = DutchTexts().records(1)
    found = client.post("/parts", json={"query": record.text}).json()
    assert found["dense"][0][0] == found["lexical"][0][0] == 0
    assert client.post("/empty", json={"query": "?"}).json() == {}

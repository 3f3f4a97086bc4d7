"""A concept counts for a sentence where it is said in it, above it, beside it or elsewhere in its passage, each for less."""

import numpy as np
import pytest

from app.retrieval.retriever import _length, _near

ABOVE, BESIDE, ELSEWHERE = 0.7, 0.6, 0.45


def one_by_one(passages):
    """The definition, a cell at a time."""
    found = []
    for above, *sentences in passages:
        for place, sentence in enumerate(sentences):
            around = [*sentences[place - 1 : place], *sentences[place + 1 : place + 2]]
            found.append([
                max(
                    said, ABOVE * above[column], *(BESIDE * other[column] for other in around),
                    *(ELSEWHERE * other[column] for other in sentences),
                )
                for column, said in enumerate(sentence)
            ])  # fmt: skip
    return np.array(found, dtype=np.float32)


@pytest.mark.parametrize("lengths", [[2], [4, 2, 3], [2, 2, 2, 6]])
def test_passages_side_by_side_are_as_each_on_its_own(lengths):
    made = np.random.default_rng(7)
    passages = [made.random((length, 3)).astype(np.float32) for length in lengths]
    starts = np.cumsum([0, *lengths[:-1]])
    near = _near(np.concatenate(passages), starts, lengths)
    is_sentence = np.ones(sum(lengths), dtype=bool)
    is_sentence[starts] = False
    np.testing.assert_allclose(near[is_sentence], one_by_one([p.tolist() for p in passages]), rtol=1e-6)


def test_only_a_long_sentence_is_long():
    assert _length(np.array([0.0, 20, 100, 800, 5_000])).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert 0 < _length(np.array([200.0]))[0] < _length(np.array([400.0]))[0] < 1

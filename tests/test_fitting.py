import numpy as np
import pytest

from app.errors import ModelError
from app.evaluation import EvaluationQuestion
from app.fitting import QuestionSet, fit, fit_listwise, fit_logistic
from app.index import open_current
from app.retrieval import RetrievalWeights, Retriever


def test_a_listwise_fit_finds_the_feature_that_tells():
    rng = np.random.default_rng(1)
    lists = []
    for _ in range(60):
        features = rng.random((8, 3))
        right = np.zeros(8)
        right[features[:, 1].argmax()] = 1
        lists.append((features, right))
    fitted = fit_listwise(lists, np.array([0.5, 0.5, 0.5]))
    assert fitted[1] > 2 * max(abs(fitted[0]), abs(fitted[2]))


def test_few_lists_move_the_weights_little():
    features = np.array([[0.0, 1.0], [1.0, 0.0]])
    fitted = fit_listwise([(features, np.array([1.0, 0.0]))], np.array([1.0, 1.0]))
    assert np.abs(fitted - 1.0).max() < 0.5


def test_a_logistic_fit_tells_right_from_wrong():
    rng = np.random.default_rng(2)
    features = np.column_stack([rng.random(300), rng.random(300), np.ones(300)])
    labels = (features[:, 0] > 0.6).astype(float)
    fitted = fit_logistic(features, labels, np.zeros(3))
    odds = features @ fitted
    assert ((odds > 0) == (labels > 0)).mean() > 0.85
    assert abs(fitted[1]) < fitted[0] / 3


def test_fitted_weights_are_stored_beside_the_model_and_read_again(letter_index, bundled, tmp_path):
    index = open_current(letter_index)
    questions = [
        EvaluationQuestion("1", "Wat vindt VWN van de Spreidingswet?", gold=("Behoud en handhaaf de Spreidingswet",)),
        EvaluationQuestion("2", "Is het tweestatusstelsel verplicht?", gold=("dat mag, maar moet niet",)),
        EvaluationQuestion("3", "Wat vindt VWN van kernenergie?", gold=()),
    ]
    fitted = fit([QuestionSet(lambda weights: Retriever(index, bundled, weights), questions)], RetrievalWeights())
    index.close()
    fitted.save(tmp_path)
    again = RetrievalWeights.load(tmp_path)
    assert again.nl.sentences["coverage"] == pytest.approx(fitted.nl.sentences["coverage"], abs=1e-3)
    assert again.answers == fitted.answers
    assert again.en.evidence == pytest.approx(RetrievalWeights().en.evidence)


def test_weights_that_cannot_be_read_are_said_to_be_so(tmp_path):
    (tmp_path / "fusion.json").write_text('{"nl": {}}', encoding="utf-8")
    with pytest.raises(ModelError, match="briefwijzer fit"):
        RetrievalWeights.load(tmp_path)
    assert RetrievalWeights.load(tmp_path / "elsewhere") == RetrievalWeights()

"""Asks an optional cross-encoder whether a statement follows from its sentences."""

from pathlib import Path

import numpy as np

from app.crossencoder import PairScorer
from app.errors import ModelError

# A statement passes where the model is more sure of entailment than of all else together.
_LEAST = 0.5


class Entailment:
    """A cross-encoder for natural language inference, with a label that says "entailment". Raises ModelError."""

    def __init__(self, path: str | Path, least: float = _LEAST) -> None:
        self._scorer = PairScorer(path, "BRIEFWIJZER_NLI")
        self._least = least
        found = [i for i, label in enumerate(self._scorer.labels) if label.startswith("entail")]
        if not found:
            raise ModelError(
                f"BRIEFWIJZER_NLI = {str(path)!r} has no label 'entailment' (its labels: {', '.join(self._scorer.labels)}). "
                "Give a cross-encoder for natural language inference."
            )
        self._column = found[0]

    def probability(self, premise: str, hypothesis: str) -> float:
        """Return how likely it is that the hypothesis follows from the premise, 0..1."""
        row = self._scorer.scores([(premise, hypothesis)])[0].astype(np.float64)
        powers = np.exp(row - row.max())
        return float(powers[self._column] / powers.sum())

    def entails(self, premise: str, hypothesis: str) -> bool:
        """Whether a hypothesis follows from a premise."""
        return self.probability(premise, hypothesis) >= self._least

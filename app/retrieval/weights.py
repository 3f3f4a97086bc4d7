"""The fitted numbers of retrieval: made for one embedding model by ``briefwijzer fit`` and stored beside it.

Every score is a weighted sum of features between 0 and 1, so each number can be read: how much that feature counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.errors import ModelError

FILE = "fusion.json"

PASSAGE_FEATURES = ("lexical", "cosine", "passage_coverage", "sentence_coverage")
SENTENCE_FEATURES = (
    "coverage", "exact", "in_context", "cosine", "passage", "fact", "heading", "short", "number_missing", "reason", "stance",
    "duty", "definition", "informed", "question", "footnote", "long", "lost",
)  # fmt: skip
EVIDENCE_FEATURES = (
    "coverage", "exact", "in_context", "cosine", "said", "unmatched", "name_missing", "number_missing", "telling", "lost", "key", "aside",
    "weakest", "fact_missing", "bias",
)  # fmt: skip


def _fixed(names: tuple[str, ...], values: tuple[float, ...]) -> Mapping[str, float]:
    return MappingProxyType(dict(zip(names, values, strict=True)))


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts, for questions in one language.

    ``passages`` fuse BM25 (its best score is 1), the rescaled cosine, and how much of the question a passage, or one of
    its sentences, covers. ``sentences`` rank sentences. ``evidence`` are the log-odds that a sentence answers the question.
    """

    passages: Mapping[str, float]
    sentences: Mapping[str, float]
    evidence: Mapping[str, float]


_NL = Weights(
    _fixed(PASSAGE_FEATURES, (1.0, 0.75, 1.0, 1.0)),
    _fixed(
        SENTENCE_FEATURES,
        (1.0, 0.5, 0.7, 0.8, 0.6, 0.3, -0.5, -0.2, -0.5, 0.1, 0.12, 0.1, 0.2, 0.1, -1.0, -0.3, -0.25, -0.3),
    ),
    _fixed(EVIDENCE_FEATURES, (3.0, 2.0, 2.0, 2.0, 1.0, -2.0, -1.0, -1.5, 1.0, -1.0, 0.5, -1.5, 0.5, -0.5, -3.0)),
)
_EN = Weights(
    _fixed(PASSAGE_FEATURES, (1.0, 2.0, 4.5, 4.5)),
    _fixed(
        SENTENCE_FEATURES,
        (1.0, 0.3, 0.7, 1.0, 0.6, 0.3, -0.5, -0.2, -0.5, 0.1, 0.12, 0.1, 0.2, 0.1, -1.0, -0.3, -0.25, -0.3),
    ),
    _fixed(EVIDENCE_FEATURES, (3.0, 2.0, 2.0, 2.0, 1.0, -2.0, -1.0, -1.5, 1.0, -1.0, 0.5, -1.5, 0.5, -0.5, -2.6)),
)


@dataclass(frozen=True, slots=True)
class RetrievalWeights:
    """All fitted numbers of one model.

    ``floor`` and ``ceiling`` bound what the cosine of two words means: at the floor (what unrelated words reach) nothing,
    at the ceiling the same. ``answers`` and ``topic`` are probabilities: from ``answers`` on a question counts as answered,
    from ``topic`` on the evidence is on its topic.
    """

    nl: Weights = _NL
    en: Weights = _EN
    floor: float = 0.28
    ceiling: float = 0.68
    answers: float = 0.5
    topic: float = 0.3
    fitted_for: str | None = None
    on: Mapping[str, Any] = field(default_factory=dict)

    def for_language(self, language: str) -> Weights:
        """Return the weights for questions in a language."""
        return self.en if language == "en" else self.nl

    @classmethod
    def load(cls, directory: Path) -> "RetrievalWeights":
        """Read the numbers beside a model; the defaults where none were fitted. Raises ModelError for a broken file."""
        path = directory / FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: cannot be read ({error}). Fit it again: briefwijzer fit") from error
        try:
            return cls(
                _weights(data["nl"], _NL), _weights(data["en"], _EN), float(data["floor"]), float(data["ceiling"]),
                float(data["answers"]), float(data["topic"]), data.get("fitted_for"), data.get("on", {}),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: {error!r} is missing or no number. Fit it again: briefwijzer fit") from error

    def save(self, directory: Path) -> Path:
        """Write the numbers beside a model, atomically; return the file."""
        path = directory / FILE
        data = {
            "fitted_for": self.fitted_for,
            "on": dict(self.on),
            "floor": self.floor,
            "ceiling": self.ceiling,
            "answers": self.answers,
            "topic": self.topic,
            **{
                language: {
                    part: {name: round(value, 4) for name, value in getattr(weights, part).items()}
                    for part in ("passages", "sentences", "evidence")
                }
                for language, weights in (("nl", self.nl), ("en", self.en))
            },
        }
        scratch = path.with_suffix(".part")
        scratch.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        scratch.replace(path)
        return path


def _weights(data: Mapping[str, Mapping[str, float]], default: Weights) -> Weights:
    """Return stored weights; a feature that is newer than they are counts as it does by default."""
    return Weights(
        *(
            _fixed(names, tuple(float(data[part].get(name, getattr(default, part)[name])) for name in names))
            for part, names in (
                ("passages", PASSAGE_FEATURES),
                ("sentences", SENTENCE_FEATURES),
                ("evidence", EVIDENCE_FEATURES),
            )
        )
    )

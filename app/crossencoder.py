"""Optional cross-encoders: models that read two texts together. One ranks passages anew, one judges entailment.

Both are folders of sentence-transformers' CrossEncoder, loaded from disk alone; torch is imported when one is loaded.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError

_BATCH = 16


class PairScorer:
    """Scores pairs of texts with a cross-encoder. Raises ModelError where its folder cannot be read."""

    def __init__(self, path: str | Path, setting: str) -> None:
        self._path = Path(path)
        self._setting = setting
        self._lock = threading.Lock()
        self._model = self._loaded()

    def _loaded(self) -> Any:
        if not self._path.is_dir():
            raise ModelError(
                f"{self._setting} = {str(self._path)!r} is no directory. Give the path of a folder with a cross-encoder "
                f"(sentence-transformers), or leave {self._setting} out."
            )
        # Offline before the import: a missing hub otherwise costs more than a minute.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            from sentence_transformers import CrossEncoder

            return CrossEncoder(str(self._path), device="cpu", local_files_only=True)
        except Exception as error:
            raise ModelError(
                f"{self._setting} = {str(self._path)!r}: no cross-encoder can be read there "
                f"({type(error).__name__}: {str(error)[:200]})."
            ) from error

    @property
    def labels(self) -> list[str]:
        """What each column of the scores stands for, in lower case; one for a model that ranks."""
        names = self._model.model.config.id2label
        return [str(names[number]).lower() for number in sorted(names)]

    def scores(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return the raw scores of the pairs, shape (pairs, labels)."""
        if not pairs:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        from torch.nn import Identity

        # The tokenizer of one model may not be used by two threads at a time.
        with self._lock:
            raw = self._model.predict(
                list(pairs), batch_size=_BATCH, show_progress_bar=False, activation_fn=Identity(), convert_to_numpy=True
            )
        return np.asarray(raw, dtype=np.float32).reshape(len(pairs), -1)

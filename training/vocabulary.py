"""The tokenizer: case and accents folded, punctuation dropped, words cut into pieces by a Unigram model.

A piece carries no mark of where in the word it stands, so that "grensdetentie" shares its pieces with "grens" and
"detentie": in a model that averages its pieces, a Dutch compound then lies near its parts.
"""

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKD, Lowercase, Sequence, StripAccents
from tokenizers.pre_tokenizers import Split
from tokenizers.trainers import UnigramTrainer

UNKNOWN = "[UNK]"
_SEPARATORS = r"[^\p{L}\p{N}]+"


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Train a tokenizer of at most `size` pieces on an iterable of texts, shown once."""
    tokenizer = Tokenizer(Unigram())
    tokenizer.normalizer = Sequence([NFKD(), StripAccents(), Lowercase()])
    tokenizer.pre_tokenizer = Split(Regex(_SEPARATORS), "removed")
    trainer = UnigramTrainer(
        vocab_size=size, special_tokens=[UNKNOWN], unk_token=UNKNOWN, max_piece_length=18, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def sampling(tokenizer: Tokenizer, alpha: float) -> Tokenizer:
    """Return a copy that cuts words at random (subword regularisation); the lower `alpha`, the more at random."""
    state = json.loads(tokenizer.to_str())
    copy: Tokenizer = Tokenizer.from_str(tokenizer.to_str())
    copy.model = Unigram(
        [tuple(piece) for piece in state["model"]["vocab"]], state["model"]["unk_id"], False, alpha, 16
    )
    return copy


def document_frequencies(tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.int64]:
    """Count the texts that each piece occurs in, shape (vocabulary,)."""
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    for start in range(0, len(texts), 4096):
        for encoding in tokenizer.encode_batch_fast(texts[start : start + 4096], add_special_tokens=False):
            counts[np.unique(np.asarray(encoding.ids, dtype=np.int64))] += 1
    return counts

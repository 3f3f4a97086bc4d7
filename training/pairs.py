"""Draws the training pairs: what somebody asks, and the text that answers it.

Real questions with Dutch answers are scarce, so most pairs are made: a sentence and the rest of its paragraph, a handful of a
sentence's words put as a question, and the same in English, word by word through the lexicon. Real translations and word
pairs keep these honest.
"""

import re
from collections.abc import Callable, Sequence
from random import Random

from training.corpus import TrainingData, words_of
from training.translation import Lexicon

Pair = tuple[str, str]

_SENTENCE = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z0-9–•-])")
_SHORTEST = 25
_LONGEST_QUESTION, _LONGEST_TEXT = 400, 1_200
# Neighbouring paragraphs, so that a batch holds texts about the same thing: the hardest negatives there are without a search.
_NEIGHBOURS = 16
_OPENINGS = (
    "wat is {}", "wie {}", "hoeveel {}", "welke {}", "wanneer {}", "waar {}", "waarom {}", "hoe {}", "wat zegt men over {}",
    "wat {}", "{}", "{}", "{}",
)  # fmt: skip
_FUNCTION_WORDS = frozenset(
    """
    de het een en van in op te dat die is zijn voor met aan door bij of als om tot niet wordt worden ook naar moet kan dan deze
    dit ter der den zal er hij zij ze men u
    """.split()
)
# Shares of the batches: made in Dutch, made in English, translated, words.
SHARES = (0.50, 0.24, 0.15, 0.11)


class PairSampler:
    """Gives batches of pairs; the same number gives the same batch."""

    def __init__(self, data: TrainingData, lexicon: Lexicon, held_out: int, seed: int) -> None:
        self._paragraphs = data.paragraphs[: len(data.paragraphs) - held_out]
        self._lexicon = lexicon
        self._seed = seed
        self._words: Sequence[Pair] = [*data.words, *data.synonyms]
        self._translations: list[Pair] = []
        for name, rows in data.sentences.items():
            documents = any(row.document for row in rows) or not name.startswith("tatoeba")
            for place, row in enumerate(rows):
                self._translations.append((row.english, row.dutch))
                if documents:
                    around = " ".join(near.dutch for near in rows[max(0, place - 1) : place + 2])
                    self._translations += [(row.english, row.dutch), (row.english, around)]

    def batch(self, number: int, size: int) -> list[Pair]:
        """Return a batch of pairs, all of one kind."""
        rng = Random(f"{self._seed}-{number}")
        dutch, english, translated, _ = SHARES
        draw = rng.random()
        if draw < dutch:
            return self._made(self._rest if rng.random() < 0.5 else self._question, size, rng)
        if draw < dutch + english:
            return self._made(self._in_english, size, rng)
        if draw < dutch + english + translated and self._translations:
            return self._translated(size, rng)
        return rng.choices(self._words, k=size) if self._words else self._translated(size, rng)

    def _made(self, make: Callable[[str, Random], Pair | None], size: int, rng: Random) -> list[Pair]:
        found: list[Pair] = []
        last = max(1, len(self._paragraphs) - _NEIGHBOURS)
        while len(found) < size:
            place = rng.randrange(last)
            for paragraph in self._paragraphs[place : place + _NEIGHBOURS]:
                pair = make(paragraph, rng)
                if pair is not None:
                    found.append(pair)
        return found[:size]

    def _translated(self, size: int, rng: Random) -> list[Pair]:
        found = rng.choices(self._translations, k=size)
        if rng.random() < 0.5:
            # As people type: some of the words.
            found = [(" ".join(w for w in a.split() if rng.random() < 0.7) or a, b) for a, b in found]
        return found

    def _rest(self, paragraph: str, rng: Random) -> Pair | None:
        sentences = _sentences(paragraph)
        if len(sentences) < 2:
            return None
        place = rng.randrange(len(sentences))
        rest = paragraph if rng.random() < 0.15 else " ".join([*sentences[:place], *sentences[place + 1 :]])
        return sentences[place][:_LONGEST_QUESTION], rest[:_LONGEST_TEXT]

    def _question(self, paragraph: str, rng: Random) -> Pair | None:
        sentences = _sentences(paragraph) or [paragraph]
        place = rng.randrange(len(sentences))
        words = words_of(sentences[place])
        if rng.random() < 0.5:
            words = [word for word in words if word not in _FUNCTION_WORDS]
        size = rng.randint(3, 10)
        if len(words) > size:
            start = rng.randrange(len(words) - size + 1)
            some = sorted(rng.sample(range(len(words)), size))
            words = words[start : start + size] if rng.random() < 0.5 else [words[i] for i in some]
        words = [self._lexicon.synonym(word, rng) if rng.random() < 0.25 else word for word in words]
        whole = rng.random() < 0.6 or len(sentences) < 2
        text = paragraph if whole else " ".join([*sentences[:place], *sentences[place + 1 :]])
        return rng.choice(_OPENINGS).format(" ".join(words)), text[:_LONGEST_TEXT]

    def _in_english(self, paragraph: str, rng: Random) -> Pair | None:
        sentences = _sentences(paragraph) or [paragraph]
        words = words_of(rng.choice(sentences))
        size = rng.randint(4, 14)
        if len(words) > size:
            start = rng.randrange(len(words) - size + 1)
            words = words[start : start + size]
        found: list[str] = []
        translated = 0
        for word in words:
            if word in _FUNCTION_WORDS:
                if rng.random() < 0.4:
                    found.append(self._lexicon.filler(rng))
            elif (english := self._lexicon.translation(word, rng)) is not None:
                found.append(english)
                translated += 1
            elif rng.random() < 0.3:
                found.append(word)  # A name stays as it is.
        return (" ".join(found), paragraph[:_LONGEST_TEXT]) if translated >= 2 else None


def _sentences(paragraph: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.split(paragraph) if len(sentence) > _SHORTEST]

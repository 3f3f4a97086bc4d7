"""Keeps what was last read from a catalogue: the passages that questions are about are asked for again and again.

A version is never written to once it is published, so nothing that is kept can be out of date.
"""

from collections.abc import Iterable, Sequence

from app.index.catalogue import Catalogue
from app.index.kept import Kept
from app.passages import Document, Passage, Sentence

Run = tuple[int, str, int, int]
"""(document row, document id, first ordinal, last ordinal)"""
PassageRow = tuple[Passage, int, bytes]
"""(passage, document row, words)"""
Head = tuple[Document, str]
"""(document without its text, revision)"""
SentenceRows = list[tuple[Sentence, bytes]]

# Some 2 KB, 5 KB and 1 KB each: at most 16 MB together.
_PASSAGES = 2_000
_RUNS = 2_000
_HEADS = 2_000
# Those of the last runs: of the longest answer's passages, a few hundred.
_SENTENCES = 1_000


class RecentRows:
    """Reads passages and their sentences from a catalogue, and keeps the last of each."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._passages: Kept[int, PassageRow] = Kept(_PASSAGES)
        self._runs: Kept[Run, SentenceRows] = Kept(_RUNS)
        self._heads: Kept[int, Head] = Kept(_HEADS)
        self._sentences: Kept[tuple[int, int], Sentence] = Kept(_SENTENCES)

    def passages(self, numbers: Sequence[int]) -> list[PassageRow]:
        """Return (passage, document row, words) for each number that exists; for ``words`` see ``words.py``."""
        return list(self._passages.get(numbers, self._read_passages).values())

    def runs(self, wanted: Sequence[Run]) -> list[SentenceRows]:
        """Return (sentence, vector) lists for several stretches of sentences."""
        found = self._runs.get(wanted, self._read_runs)
        return [found[run] for run in wanted]

    def heads_and_revisions(self, numbers: Iterable[int]) -> tuple[dict[int, Document], dict[int, str]]:
        """Return documents by their row, without text and blocks, and the revision of each."""
        found = self._heads.get(sorted(set(numbers)), self._read_heads)
        return {row: head for row, (head, _) in found.items()}, {row: rev for row, (_, rev) in found.items()}

    def _read_heads(self, numbers: list[int]) -> dict[int, Head]:
        heads, revisions = self._catalogue.heads_and_revisions(numbers)
        return {row: (heads[row], revisions[row]) for row in heads}

    def _read_passages(self, numbers: list[int]) -> dict[int, PassageRow]:
        return {row[0].number: row for row in self._catalogue.passages(numbers)}

    def sentence(self, document: int, document_id: str, ordinal: int) -> Sentence | None:
        """Return one sentence, or None where the document has none of this number."""
        if (found := self._sentences.get([(document, ordinal)], lambda _: {}).get((document, ordinal))) is not None:
            return found
        read = self._catalogue.sentences(document, document_id, ordinal, ordinal)
        return read[0][0] if read else None

    def _read_runs(self, wanted: list[Run]) -> dict[Run, SentenceRows]:
        read = dict(zip(wanted, self._catalogue.runs(wanted), strict=True))
        # Beside a sentence that is shown its neighbours are looked at.
        self._sentences.add({(run[0], s.ordinal): s for run, sentences in read.items() for s, _ in sentences})
        return read

"""The lexical index: BM25 in tantivy, over the terms that the Dutch analyser made.

Three fields: ``terms`` (words), ``parts`` (parts of compounds) and ``context`` (the title and the headings above a passage).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from app.errors import DamagedIndexError

FIELDS = ("terms", "parts", "context")
_HEAP = 64_000_000


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=False, indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def build_lexical(directory: Path, rows: Iterable[tuple[int, str, str, str]]) -> None:
    """Write a new lexical index from (number, terms, parts, context) rows. Raises OSError where the disk is full."""
    directory.mkdir()
    try:
        _write(tantivy.Index(_schema(), path=str(directory)), rows)
    except ValueError as error:
        # tantivy has this one class for all that can go wrong.
        raise OSError(f"{directory}: tantivy could not write ({error})") from error


def _write(index: Any, rows: Iterable[tuple[int, str, str, str]]) -> None:
    writer = index.writer(_HEAP, 1)
    for number, terms, parts, context in rows:
        document = tantivy.Document()
        document.add_unsigned("number", number)
        for field, value in zip(FIELDS, (terms, parts, context), strict=True):
            document.add_text(field, value)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex:
    """Reads one lexical index."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def open(cls, directory: Path) -> "LexicalIndex":
        """Open an index for reading. Raises DamagedIndexError."""
        try:
            index = tantivy.Index.open(str(directory))
            return cls(index)
        except (ValueError, OSError) as error:
            raise DamagedIndexError(f"{directory}: the lexical index cannot be opened ({error}).") from error

    @classmethod
    def in_memory(cls, rows: Iterable[tuple[int, str, str, str]]) -> "LexicalIndex":
        """Make an index that stands on no disk, where the one that does is damaged."""
        index = tantivy.Index(_schema())
        _write(index, rows)
        index.reload()
        return cls(index)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, query: Sequence[tuple[str, str, float]], limit: int) -> list[tuple[int, float]]:
        """Return the best ``limit`` of (passage number, BM25 score) for weighted (field, term, weight) triples."""
        if not query:
            return []
        clauses = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term, "freq"), weight),
            )
            for field, term, weight in query
        ]
        try:
            hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
            numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        except (ValueError, OSError) as error:
            raise DamagedIndexError(f"The lexical index cannot be read ({error}).") from error
        return [(int(number), float(score)) for (score, _), number in zip(hits, numbers, strict=True)]

    def document_frequency(self, field: str, term: str) -> int:
        """Return in how many passages a term stands."""
        return int(self._searcher.doc_freq(field, term))

"""Writes the catalogue of a new version; nothing else ever writes to one."""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from app.index.catalogue import SCHEMA
from app.passages import Block, Document, Link, Passage, Sentence, SourceState, Speaker

# So many rows by one statement: fewer than 999 values, which every SQLite takes.
_ROWS_AT_ONCE = 64
_PAIRS_AT_ONCE = 100_000
# An unsigned number of four bytes.
_NUMBER = "I"
_BLOCK_FIELDS, _LINK_FIELDS = (tuple(field.name for field in fields(kind)) for kind in (Block, Link))


def _record(item: object, names: Sequence[str]) -> dict[str, Any]:
    """Return what ``asdict`` returns for a flat item, without the copies that it makes."""
    return {name: getattr(item, name) for name in names}


def _by_term(stands_for: Iterable[tuple[str, int, float]]) -> Iterator[tuple[str, float, int, bytes]]:
    """Yield (term, share, batch, numbers of words) rows.

    A common part of compounds has thousands of words: one row of them is read at once. As many words as there are in a
    corpus do not fit in memory, so that a term has a row for each batch that it comes in.
    """
    iterator = iter(stands_for)
    for batch in count():
        found: defaultdict[tuple[str, float], array[int]] = defaultdict(lambda: array(_NUMBER))
        for term, word, share in islice(iterator, _PAIRS_AT_ONCE):
            found[term, share].append(word)
        if not found:
            return
        for (term, share), words in sorted(found.items()):
            yield term, share, batch, words.tobytes()


class CatalogueWriter:
    """Writes a new catalogue, from its first row to its last."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        # A sentence and its vector fill a third of a page of 4 KiB, so that much would stay empty.
        self._connection.execute("PRAGMA page_size=8192")
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("PRAGMA cache_size=-16384")  # KiB: digests and terms come in no order.
        self._connection.executescript(SCHEMA)
        self.documents = 0
        self.passages = 0
        self.sentences = 0
        self._sentences: list[tuple[Any, ...]] = []

    def meta(self, **values: str) -> None:
        """Write key-value pairs."""
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def speakers(self, speakers: Iterable[Speaker]) -> None:
        """Write the speakers."""
        self._connection.executemany(
            "INSERT INTO speakers (id, name, aliases, hints, owner) VALUES (?, ?, ?, ?, ?)",
            ((s.id, s.name, json.dumps(s.aliases), json.dumps(s.hints), int(s.owner)) for s in speakers),
        )

    def source(self, state: SourceState) -> None:
        """Write what is known about one source."""
        values = (state.id, json.dumps(asdict(state), ensure_ascii=False))
        self._connection.execute("INSERT INTO sources (id, state) VALUES (?, ?)", values)

    def glossary(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write the glossary."""
        self._connection.executemany(
            "INSERT INTO glossary (entry) VALUES (?)", ((json.dumps(entry, ensure_ascii=False),) for entry in entries)
        )

    def document(self, document: Document, *, current: bool = True) -> int:
        """Write a document and return its row number."""
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.documents, document.id, document.rev, int(current), document.source_id, document.record_id,
                document.title, document.publisher, document.speaker, document.language, document.date, document.url,
                document.fetched_at, document.text,
                json.dumps([_record(block, _BLOCK_FIELDS) for block in document.blocks]),
                json.dumps([_record(link, _LINK_FIELDS) for link in document.links], ensure_ascii=False),
            ),
        )  # fmt: skip
        self.documents += 1
        return self.documents - 1

    def sentence(self, document: int, s: Sentence, terms: str, parts: str, vector: bytes) -> None:
        """Write a sentence; its terms and the parts of its compounds have spaces between."""
        self._sentences.append(
            (
                document, s.ordinal, s.start, s.end, s.text, s.speaker, s.section, s.kind, s.block, s.reported_speaker,
                s.page, terms, parts, vector,
            )
        )  # fmt: skip
        self.sentences += 1
        if len(self._sentences) >= _ROWS_AT_ONCE:
            self._insert("INSERT INTO sentences", self._sentences)
            self._sentences.clear()

    def _insert(self, into: str, rows: Iterable[tuple[Any, ...]], after: str = "") -> None:
        """Write many rows by few statements: after each step of one, other threads may take Python's lock for a while."""
        iterator = iter(rows)
        while batch := list(islice(iterator, _ROWS_AT_ONCE)):
            marks = ", ".join([f"({', '.join('?' * len(batch[0]))})"] * len(batch))
            self._connection.execute(f"{into} VALUES {marks} {after}", list(chain.from_iterable(batch)))

    def passage(
        self,
        document: int,
        p: Passage,
        terms: str,
        parts: str,
        context: str,
        words: bytes,
        digest: bytes,
        vector: bytes,
    ) -> int:
        """Write a passage, with spaces between its terms, parts and context's; return its number."""
        self._connection.execute(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.passages, document, p.document_id, p.first, p.last, p.start, p.end, p.speaker, p.section, p.kind, p.text,
                terms, parts, context, words, digest, vector,
            ),
        )  # fmt: skip
        self.passages += 1
        return self.passages - 1

    def vocabulary(
        self,
        words: Iterable[tuple[int, str, str, int, bytes]],
        stands_for: Iterable[tuple[str, int, float]],
    ) -> None:
        """Write (number, surface, term, frequency, vector) of each word, and which terms it stands for."""
        self._insert("INSERT INTO vocabulary", words)
        self._insert("INSERT INTO word_terms", _by_term(stands_for))

    def frequencies(self, counted: Iterable[tuple[str, int]]) -> None:
        """Write in how many sentences each term stands, added to what was written of it before."""
        self._insert(
            "INSERT INTO frequencies", counted, "ON CONFLICT DO UPDATE SET sentences = sentences + excluded.sentences"
        )

    def holds(self, document_id: str, rev: str) -> bool:
        """Whether a revision of a document was written."""
        found = self._connection.execute("SELECT 1 FROM documents WHERE id = ? AND rev = ?", (document_id, rev))
        return found.fetchone() is not None

    def close(self) -> None:
        """Commit and close."""
        self._insert("INSERT INTO sentences", self._sentences)
        self.meta(sentences=str(self.sentences))
        self._connection.commit()
        self._connection.execute("ANALYZE")
        self._connection.commit()
        self._connection.close()

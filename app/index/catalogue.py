"""The record of an index version: one SQLite file with every document, sentence, passage, speaker and vector.

Tantivy and Chroma are derived from it and can be made again without embedding anything.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.errors import DamagedIndexError, NotFoundError
from app.passages import Block, Document, Link, Passage, Sentence, SourceState, Speaker

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE speakers (ordinal INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL, aliases TEXT NOT NULL,
  hints TEXT NOT NULL, owner INTEGER NOT NULL);
CREATE TABLE sources (ordinal INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, state TEXT NOT NULL);
CREATE TABLE documents (number INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL, current INTEGER NOT NULL,
  source_id TEXT NOT NULL, record_id TEXT, title TEXT NOT NULL, publisher TEXT, speaker TEXT, language TEXT, date TEXT,
  url TEXT, fetched_at TEXT, text TEXT NOT NULL, blocks TEXT NOT NULL, links TEXT NOT NULL, UNIQUE (id, rev));
CREATE TABLE sentences (document INTEGER NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  text TEXT NOT NULL, speaker TEXT, section TEXT, kind TEXT NOT NULL, block INTEGER NOT NULL, reported TEXT, page INTEGER,
  terms TEXT NOT NULL, parts TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (document, ordinal)) WITHOUT ROWID;
CREATE TABLE passages (number INTEGER PRIMARY KEY, document INTEGER NOT NULL, document_id TEXT NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, speaker TEXT, section TEXT, kind TEXT NOT NULL,
  text TEXT NOT NULL, terms TEXT NOT NULL, parts TEXT NOT NULL, context TEXT NOT NULL, words BLOB NOT NULL, digest BLOB NOT NULL,
  vector BLOB NOT NULL);
CREATE INDEX passages_digest ON passages (digest);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_speaker ON passages (speaker);
CREATE INDEX documents_whole ON documents (number) WHERE current = 1 AND record_id IS NULL;
CREATE INDEX documents_linked ON documents (number) WHERE current = 1 AND links != '[]';
CREATE TABLE vocabulary (number INTEGER PRIMARY KEY, surface TEXT UNIQUE NOT NULL, term TEXT NOT NULL,
  frequency INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE TABLE word_terms (term TEXT NOT NULL, share REAL NOT NULL, batch INTEGER NOT NULL, words BLOB NOT NULL,
  PRIMARY KEY (term, share, batch)) WITHOUT ROWID;
CREATE TABLE frequencies (term TEXT PRIMARY KEY, sentences INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE glossary (ordinal INTEGER PRIMARY KEY, entry TEXT NOT NULL);
"""

_DOCUMENT = "id, source_id, title, text, blocks, links, record_id, publisher, speaker, language, date, url, fetched_at"
_HEAD = _DOCUMENT.replace("text, blocks", "'' AS text, '[]' AS blocks")
_SENTENCE = 's.ordinal, s.start, s."end", s.text, s.speaker, s.section, s.kind, s.block, s.reported, s.page'
# So many stretches of sentences by one statement.
_RUNS = 100
_PASSAGE = 'number, document_id, first, last, start, "end", text, speaker, section, kind'


def to_blob(vector: NDArray[Any]) -> bytes:
    """Return a vector as the catalogue keeps it: float16, so that a hundred thousand passages stay small."""
    return np.asarray(vector, dtype=np.float16).tobytes()


def to_blobs(vectors: NDArray[Any]) -> list[bytes]:
    """Return the rows as the catalogue keeps them."""
    return [row.tobytes() for row in np.asarray(vectors, dtype=np.float16)]


def from_blobs(blobs: Sequence[bytes]) -> Vectors:
    """Return stored vectors as float32 rows."""
    rows = np.frombuffer(b"".join(blobs), dtype=np.float16)
    return rows.reshape(len(blobs), -1).astype(np.float32)


class Catalogue:
    """Reads one catalogue. Safe to share between threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                # immutable: a published version is never written to, so no lock and no journal file is needed.
                connection = sqlite3.connect(
                    f"file:{self.path}?mode=ro&immutable=1", uri=True, check_same_thread=False, cached_statements=64
                )
                # Read, not mapped: the system caches the file either way, but pages of a mapping count as the service's memory.
                connection.execute("PRAGMA mmap_size=0")
                # KiB, of each thread that serves.
                connection.execute("PRAGMA cache_size=-1024")
                connection.execute("SELECT 1 FROM meta LIMIT 1")
            except sqlite3.Error as error:
                raise DamagedIndexError(f"{self.path}: the catalogue cannot be read ({error}).") from error
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one query."""
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise DamagedIndexError(f"{self.path}: the catalogue cannot be read ({error}).") from error

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one: there may be half a million."""
        try:
            yield from self._connection().execute(query)
        except sqlite3.Error as error:
            raise DamagedIndexError(f"{self.path}: the catalogue cannot be read ({error}).") from error

    def meta(self) -> dict[str, str]:
        """Return the key-value pairs that describe the version."""
        return dict(self.rows("SELECT key, value FROM meta"))

    def speakers(self) -> tuple[Speaker, ...]:
        """Return the speakers in the order of sources.toml."""
        found = self.rows("SELECT id, name, aliases, hints, owner FROM speakers ORDER BY ordinal")
        return tuple(Speaker(i, n, tuple(json.loads(a)), tuple(json.loads(h)), bool(o)) for i, n, a, h, o in found)

    def sources(self) -> tuple[SourceState, ...]:
        """Return the sources in the order of sources.toml, with their state."""
        found = self.rows("SELECT state FROM sources ORDER BY ordinal")
        return tuple(SourceState(**json.loads(state)) for (state,) in found)

    def glossary(self) -> tuple[dict[str, Any], ...]:
        """Return the glossary's entries."""
        return tuple(json.loads(entry) for (entry,) in self.rows("SELECT entry FROM glossary ORDER BY ordinal"))

    def examples(self) -> tuple[dict[str, str], ...]:
        """Return the example questions with their language; none in a version from before there were any."""
        return tuple(json.loads(self.meta().get("examples", "[]")))

    def headings(self, most: int) -> list[tuple[str, str]]:
        """Return (heading, name of its speaker) for headings of current documents that are short enough to ask about."""
        return self.rows(
            "SELECT s.text, k.name FROM sentences s JOIN documents d ON d.number = s.document JOIN speakers k "
            "ON k.id = s.speaker WHERE d.current = 1 AND s.kind = 'heading' AND length(s.text) BETWEEN 8 AND 60 "
            "ORDER BY s.document, s.ordinal LIMIT ?",
            most,
        )

    def document(self, document_id: str, rev: str | None = None) -> Document:
        """Return a document, by default its current revision. Raises NotFoundError."""
        if rev is None:
            found = self.rows(f"SELECT rev, {_DOCUMENT} FROM documents WHERE id = ? AND current = 1", document_id)
        else:
            found = self.rows(f"SELECT rev, {_DOCUMENT} FROM documents WHERE id = ? AND rev = ?", document_id, rev)
        if not found:
            wanted = document_id if rev is None else f"{document_id} (revision {rev})"
            raise NotFoundError(f"There is no document {wanted}.")
        written, *row = found[0]
        try:
            document = _document(row)
        except (ValueError, TypeError) as error:
            raise DamagedIndexError(f"{self.path}: document {document_id} cannot be read ({error}).") from error
        if document.rev != written:
            # No quote is cut from a text that is not the one that was read.
            raise DamagedIndexError(f"{self.path}: document {document_id} is not what its revision says.")
        return document

    def document_at(self, number: int) -> Document:
        """Return the document of a row. Raises NotFoundError."""
        found = self.rows(f"SELECT {_DOCUMENT} FROM documents WHERE number = ?", number)
        if not found:
            raise NotFoundError(f"There is no document in row {number}.")
        return _document(found[0])

    def current_revision(self, document_id: str) -> str | None:
        """Return the revision that is answered from, or None where the document is no longer among the sources."""
        found = self.rows("SELECT rev FROM documents WHERE id = ? AND current = 1", document_id)
        return str(found[0][0]) if found else None

    def heads(self, numbers: Iterable[int]) -> dict[int, Document]:
        """Return documents by their row, without text and blocks (but with links): what a citation says of them."""
        return self.heads_and_revisions(numbers)[0]

    def revisions(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return the revision of each document row."""
        return self.heads_and_revisions(numbers)[1]

    def heads_and_revisions(self, numbers: Iterable[int]) -> tuple[dict[int, Document], dict[int, str]]:
        """Return both, by one look into the file."""
        wanted = sorted(set(numbers))
        marks = ",".join("?" * len(wanted))
        found = self.rows(f"SELECT number, rev, {_HEAD} FROM documents WHERE number IN ({marks})", *wanted)
        return {row[0]: _document(row[2:]) for row in found}, {row[0]: row[1] for row in found}

    def passages(self, numbers: Sequence[int]) -> list[tuple[Passage, int, bytes]]:
        """Return (passage, document row, words) for each number that exists; for ``words`` see ``words.py``."""
        marks = ",".join("?" * len(numbers))
        found = self.rows(
            f"SELECT {_PASSAGE}, document, words FROM passages WHERE number IN ({marks})",
            *numbers,
        )
        return [(Passage._make(row[:10]), row[10], row[11]) for row in found]

    def sentence_count(self) -> int:
        """Return how many sentences the catalogue holds."""
        # Counting rows reads the whole table; catalogues written before this was noted have to.
        noted = self.rows("SELECT value FROM meta WHERE key = 'sentences'") or self.rows(
            "SELECT count(*) FROM sentences"
        )
        return int(noted[0][0])

    def speaking(self) -> frozenset[str | None]:
        """Return the speakers of passages, None among them where nobody knows who speaks."""
        return frozenset(speaker for (speaker,) in self.rows("SELECT DISTINCT speaker FROM passages"))

    def vectors(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the stored vectors of the passages."""
        marks = ",".join("?" * len(numbers))
        return dict(self.rows(f"SELECT number, vector FROM passages WHERE number IN ({marks})", *numbers))

    def sentences(self, document: int, document_id: str, first: int, last: int) -> list[tuple[Sentence, bytes]]:
        """Return (sentence, vector) for the ordinals first..last of a document."""
        found = self.rows(
            f"SELECT {_SENTENCE}, s.vector FROM sentences s "
            "WHERE s.document = ? AND s.ordinal BETWEEN ? AND ? ORDER BY s.ordinal",
            document,
            first,
            last,
        )
        return [(_sentence(document_id, row[:10]), row[10]) for row in found]

    def runs(self, wanted: Sequence[tuple[int, str, int, int]]) -> list[list[tuple[Sentence, bytes]]]:
        """Return (sentence, vector) lists for several (document row, document id, first ordinal, last ordinal)."""
        found: dict[tuple[int, int], tuple[Any, ...]] = {}
        for place in range(0, len(wanted), _RUNS):
            batch = wanted[place : place + _RUNS]
            where = " OR ".join(["(s.document = ? AND s.ordinal BETWEEN ? AND ?)"] * len(batch))
            values = [value for document, _, first, last in batch for value in (document, first, last)]
            rows = self.rows(f"SELECT s.document, {_SENTENCE}, s.vector FROM sentences s WHERE {where}", *values)
            found |= {(row[0], row[1]): row[1:] for row in rows}
        return [
            [
                (_sentence(ident, found[document, ordinal][:10]), found[document, ordinal][10])
                for ordinal in range(first, last + 1)
                if (document, ordinal) in found
            ]
            for document, ident, first, last in wanted
        ]

    def frequencies(self, wanted: Sequence[str]) -> dict[str, int]:
        """Return in how many sentences each term (or compound part) stands; terms that stand nowhere are left out."""
        marks = ",".join("?" * len(wanted))
        return dict(self.rows(f"SELECT term, sentences FROM frequencies WHERE term IN ({marks})", *wanted))

    def all_frequencies(self) -> Iterator[tuple[str, int]]:
        """Yield each term (or compound part) and in how many sentences it stands."""
        return self._each("SELECT term, sentences FROM frequencies")

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return all folded words of the corpus with their frequency."""
        return self.rows("SELECT surface, frequency FROM vocabulary")

    def surfaces(self) -> Iterator[str]:
        """Yield all folded words of the corpus, in alphabetical order."""
        # Of the index alone: the table is a hundred times as large, for its vectors.
        for (surface,) in self._each("SELECT surface FROM vocabulary ORDER BY surface"):
            yield surface

    def first_seen(self, surfaces: Sequence[str]) -> list[str]:
        """Return those of the words that stand in the corpus, in the order in which it came to use them."""
        marks = ",".join("?" * len(surfaces))
        return [
            s
            for (s,) in self.rows(
                f"SELECT surface FROM vocabulary WHERE surface IN ({marks}) ORDER BY number", *surfaces
            )
        ]

    def words_of(self, wanted: Sequence[str]) -> list[tuple[str, float, NDArray[np.uint32]]]:
        """Return (term, share, numbers of words) for the words that stand for each term so well, whole or by a compound part."""
        marks = ",".join("?" * len(wanted))
        found = self.rows(f"SELECT term, share, words FROM word_terms WHERE term IN ({marks}) ORDER BY term", *wanted)
        return [(term, share, np.frombuffer(words, dtype=np.uint32)) for term, share, words in found]

    def linked(self) -> list[tuple[int, list[Link]]]:
        """Return the links of every current document that has any."""
        found = self.rows("SELECT number, links FROM documents WHERE current = 1 AND links != '[]'")
        return [(number, [Link(**link) for link in json.loads(links)]) for number, links in found]


def _document(row: Sequence[Any]) -> Document:
    ident, source_id, title, text, blocks, links, *rest = row
    return Document(
        ident,
        source_id,
        title,
        text,
        tuple(Block(**block) for block in json.loads(blocks)) if blocks != "[]" else (),
        tuple(Link(**link) for link in json.loads(links)) if links != "[]" else (),
        *rest,
    )


def _sentence(document_id: str, row: Sequence[Any]) -> Sentence:
    ordinal, start, end, text, speaker, section, kind, block, reported, page = row
    return Sentence(document_id, ordinal, start, end, text, speaker, section, kind, block, reported, page)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a catalogue that nobody writes to, for a reader that reads once."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def derived_rows(path: Path) -> Iterator[tuple[int, str, str, str, bytes]]:
    """Yield (number, terms, parts, context, vector) of each passage: all that the derived indexes are made of."""
    with reading(path) as connection:
        yield from connection.execute("SELECT number, terms, parts, context, vector FROM passages ORDER BY number")


def word_vectors(path: Path) -> tuple[int, Iterator[bytes]]:
    """Return the number of words of a catalogue, and their vectors in order."""
    return _vectors_of(path, "vocabulary")


def passage_vectors(path: Path) -> tuple[int, Iterator[bytes]]:
    """Return the number of passages of a catalogue, and their vectors in order."""
    return _vectors_of(path, "passages")


def _vectors_of(path: Path, table: str) -> tuple[int, Iterator[bytes]]:
    with reading(path) as connection:
        count = int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def rows() -> Iterator[bytes]:
        with reading(path) as connection:
            for (blob,) in connection.execute(f"SELECT vector FROM {table} ORDER BY number"):
                yield blob

    return count, rows()


def stored_documents(path: Path) -> Iterator[Document]:
    """Yield every document of a catalogue, earlier revisions included, but none whose text is not what its revision says.

    Raises sqlite3.Error or ValueError where the catalogue is damaged.
    """
    with reading(path) as connection:
        for rev, *row in connection.execute(f"SELECT rev, {_DOCUMENT} FROM documents"):
            document = _document(row)
            if document.rev == rev:
                yield document

"""From documents to a published index version, embedding only what is new."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from app import analysis
from app.embedding import Embedder
from app.errors import CorpusError, DamagedIndexError
from app.index.catalogue import CatalogueWriter, derived_rows, stored_documents, to_blob
from app.index.dense import build_dense
from app.index.lexical import build_lexical
from app.index.verifying import damaged_part
from app.index.versions import CATALOGUE, DENSE, FORMAT, LEXICAL, MANIFEST, IndexDirectory
from app.passages import Analysed, Passage, SourceState, Speaker

_BATCH = 256
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a version is to hold. ``documents`` is read once, so that a large corpus never stands in memory as a whole."""

    fingerprint: str
    corpus: Path
    speakers: tuple[Speaker, ...]
    glossary: tuple[dict[str, Any], ...]
    documents: Iterable[Analysed]
    states: Callable[[], Sequence[SourceState]]


def publish(contents: Contents, versions: IndexDirectory, embedder: Embedder, progress: Progress) -> str:
    """Build, verify and publish a new version; return its name. Call it with the writer's lock held.

    Whatever goes wrong before the pointer moves, the previous version stays current and the new directory is removed.
    """
    directory = versions.new()
    try:
        counts = _write_catalogue(contents, directory / CATALOGUE, versions, embedder, progress)
        if not counts["passages"]:
            raise CorpusError("No source could be read, so there is nothing to answer from. See the reasons above.")
        _write_manifest(directory, contents, embedder, counts)
        build_derived(directory, embedder.dimensions, progress)
        progress("verify", 0, None)
        for _ in range(2):
            damaged = damaged_part(directory)
            if damaged is None:
                break
            if damaged == "catalogue":
                raise DamagedIndexError(f"{directory}: the new version does not verify; it was not published.")
            rebuild(directory, damaged, embedder.dimensions)
        else:
            raise DamagedIndexError(f"{directory}: {damaged} does not verify; the new version was not published.")
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    versions.publish(directory.name)
    versions.prune()
    return directory.name


def build_derived(directory: Path, dimensions: int, progress: Progress = lambda *_: None) -> None:
    """Make the lexical and the dense index of a version from its catalogue."""
    progress("lexical", 0, None)
    rebuild(directory, LEXICAL, dimensions)
    progress("dense", 0, None)
    rebuild(directory, DENSE, dimensions)


def rebuild(directory: Path, part: str, dimensions: int) -> None:
    """Make one derived part anew from the catalogue; nothing is embedded."""
    shutil.rmtree(directory / part, ignore_errors=True)
    rows = derived_rows(directory / CATALOGUE)
    if part == LEXICAL:
        build_lexical(directory / part, ((n, terms, parts, context) for n, terms, parts, context, _ in rows))
    else:
        build_dense(directory / part, ((number, vector) for number, *_, vector in rows), dimensions)


def _write_manifest(directory: Path, contents: Contents, embedder: Embedder, counts: dict[str, int]) -> None:
    manifest = {
        "format": FORMAT,
        "version": directory.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpus": str(contents.corpus),
        "fingerprint": contents.fingerprint,
        "model": {"name": embedder.name, "digest": embedder.digest, "dimensions": embedder.dimensions},
        "counts": counts,
    }
    scratch = directory / (MANIFEST + ".part")
    scratch.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(directory / MANIFEST)


class _Vectors:
    """Embeds texts, taking from the previous version what it already holds under the same weights."""

    def __init__(self, embedder: Embedder, versions: IndexDirectory) -> None:
        self._embedder = embedder
        self._known: sqlite3.Connection | None = None
        self.embedded = 0
        name = versions.current()
        if name is None:
            return
        try:
            if versions.manifest(name)["model"]["digest"] == embedder.digest:
                path = versions.directory(name) / CATALOGUE
                self._known = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        except (DamagedIndexError, KeyError, sqlite3.Error):
            self._known = None

    def passages(self, texts: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
        """Return (digest, vector) lists for the texts."""
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = self._look_up(digests)
        missing = [number for number, digest in enumerate(digests) if digest not in known]
        self.embedded += len(missing)
        rows = self._embedder.encode([texts[number] for number in missing])
        known |= {digests[number]: to_blob(row) for number, row in zip(missing, rows, strict=True)}
        return digests, [known[digest] for digest in digests]

    def sentences(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of sentences."""
        return [to_blob(row) for row in self._embedder.encode(texts)]

    def _look_up(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        if self._known is None:
            return {}
        marks = ",".join("?" * len(digests))
        try:
            return dict(self._known.execute(f"SELECT digest, vector FROM passages WHERE digest IN ({marks})", digests))
        except sqlite3.Error:
            return {}

    def close(self) -> None:
        """Close the previous version."""
        if self._known is not None:
            self._known.close()


def _write_catalogue(
    contents: Contents, path: Path, versions: IndexDirectory, embedder: Embedder, progress: Progress
) -> dict[str, int]:
    writer = CatalogueWriter(path)
    vectors = _Vectors(embedder, versions)
    words = _Words()
    try:
        writer.speakers(contents.speakers)
        writer.glossary(contents.glossary)
        written: set[tuple[str, str]] = set()
        passages_of: Counter[str] = Counter()
        documents_of: Counter[str] = Counter()
        words_of: Counter[str] = Counter()
        for batch in _batches(contents.documents):
            _write_batch(writer, vectors, words, batch)
            for item in batch:
                source = item.document.source_id
                written.add((item.document.id, item.document.rev))
                documents_of[source] += 1
                passages_of[source] += len(item.passages)
                words_of[source] += len(item.document.text.split())
            progress("documents", writer.documents, None)
        counts = {
            "documents": writer.documents,
            "passages": writer.passages,
            "sentences": writer.sentences,
            "embedded": vectors.embedded,
        }
        _keep_revisions(writer, versions, written)
        for state in contents.states():
            writer.source(
                replace(
                    state,
                    documents=documents_of[state.id],
                    passages=passages_of[state.id],
                    words=words_of[state.id],
                )
            )
        writer.vocabulary(words.surfaces(), words.frequencies())
        writer.meta(created_at=datetime.now(UTC).isoformat(timespec="seconds"), fingerprint=contents.fingerprint)
    finally:
        vectors.close()
        writer.close()
    return counts


class _Words:
    """Counts the words of a corpus while it goes by."""

    def __init__(self) -> None:
        self._surfaces: Counter[str] = Counter()
        self._terms: dict[str, str] = {}
        self._sentences: Counter[str] = Counter()
        self.splitter = analysis.CompoundSplitter(analysis.in_lexicon)

    def analyse(self, text: str) -> tuple[list[str], list[str]]:
        """Return the terms and the compound parts of a text, and count its words."""
        tokens = analysis.tokens(text)
        for token in tokens:
            self._surfaces[token.surface] += 1
            self._terms[token.surface] = token.term
        return [token.term for token in tokens], analysis.compound_parts(tokens, self.splitter)

    def sentence(self, text: str) -> tuple[list[str], list[str]]:
        """Return the terms and parts of a sentence, and count each term once for it."""
        terms, parts = self.analyse(text)
        self._sentences.update({*terms, *parts})
        return terms, parts

    def surfaces(self) -> Iterator[tuple[str, str, int]]:
        return ((surface, self._terms[surface], count) for surface, count in self._surfaces.items())

    def frequencies(self) -> Iterable[tuple[str, int]]:
        return self._sentences.items()


def _batches(documents: Iterable[Analysed]) -> Iterator[list[Analysed]]:
    batch: list[Analysed] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.passages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def embedded_text(passage: Passage) -> str:
    """Return what is embedded of a passage: its text, under its heading where it has one."""
    if passage.section and passage.kind != "heading":
        return f"{passage.section}. {passage.text}"
    return passage.text


def _write_batch(writer: CatalogueWriter, vectors: _Vectors, words: _Words, batch: list[Analysed]) -> None:
    digests, blobs = vectors.passages([embedded_text(p) for item in batch for p in item.passages])
    sentence_blobs = iter(vectors.sentences([s.text for item in batch for s in item.sentences]))
    place = 0
    for item in batch:
        row = writer.document(item.document)
        analysed: list[tuple[list[str], list[str]]] = []
        for sentence in item.sentences:
            terms, parts = words.sentence(sentence.text)
            analysed.append((terms, parts))
            writer.sentence(row, sentence, terms, parts, next(sentence_blobs))
        for passage in item.passages:
            run = analysed[passage.first : passage.last + 1]
            terms = [term for sentence_terms, _ in run for term in sentence_terms]
            parts = [part for _, sentence_parts in run for part in sentence_parts]
            writer.passage(row, passage, terms, parts, _context(item, passage, words), digests[place], blobs[place])
            place += 1


def _context(item: Analysed, passage: Passage, words: _Words) -> list[str]:
    """Return the terms that a passage stands under, and those of the links in it."""
    above = [item.document.title] if item.document.title else []
    if passage.section and passage.kind != "heading":
        above.append(passage.section)
    above += [link.text for link in item.document.links if passage.start <= link.start and link.end <= passage.end]
    tokens = analysis.tokens(" ".join(above))
    return [token.term for token in tokens] + analysis.compound_parts(tokens, words.splitter)


def _keep_revisions(writer: CatalogueWriter, versions: IndexDirectory, written: set[tuple[str, str]]) -> None:
    """Carry earlier revisions over from the previous version, so that the citations of saved answers keep opening."""
    name = versions.current()
    if name is None:
        return
    try:
        for document in stored_documents(versions.directory(name) / CATALOGUE):
            if (document.id, document.rev) not in written:
                writer.document(document, current=False)
    except sqlite3.Error:
        # A damaged predecessor has nothing to give; the new version is made from the corpus alone.
        return

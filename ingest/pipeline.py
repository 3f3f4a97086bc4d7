"""The whole way from a corpus folder to a published index version."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.embedding import Embedder
from app.errors import CorpusError, DamagedIndexError, DocumentError, StoreAwayError
from app.index.verifying import CurrentCheck, checking_current
from app.index.versions import DENSE, ChromaServer, IndexDirectory
from app.passages import SourceState
from ingest.cataloguing import Contents
from ingest.deriving import Progress
from ingest.glossary import load_glossary
from ingest.parsing.apart import ReadingProcess
from ingest.publishing import publish, renew
from ingest.reading import CorpusReader, record_of
from ingest.snapshots import SnapshotStore, SourceRecord
from ingest.sources import Corpus, load_corpus

if TYPE_CHECKING:
    # Fetching takes half a second to import, and an unchanged corpus needs none of it.
    from ingest.fetching import Limits

# Part of every fingerprint: a change of the reading or splitting code is a change of the contents.
PIPELINE = "5"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an ingest did. ``changed`` is False where the published version was up to date already."""

    version: str
    changed: bool
    states: tuple[SourceState, ...]
    embedded: int


def ingest_corpus(
    corpus_path: Path,
    index_path: Path,
    embedder: Embedder,
    *,
    progress: Progress = lambda *_: None,
    wait_s: float = 0.0,
    strict: bool = True,
    chroma: ChromaServer | None = None,
    respect_hold: bool = False,
    checking: CurrentCheck | None = None,
) -> Outcome:
    """Bring an index up to date with a corpus; an unchanged one costs a look at its files.

    ``strict`` raises at the first source whose file cannot be read, so that nothing changes; otherwise such a source is marked
    failed and the others go through. A file that is not there, or that the published version holds a text of, raises either way.
    ``chroma`` is the server that keeps the vectors, if they are not kept in the version. The version that a roll back chose is let go of, unless ``respect_hold``. ``checking`` is a check
    that is under way.
    Raises CorpusError, DocumentError, ModelError, IndexBusyError, StoreAwayError.
    """
    versions = IndexDirectory(index_path, chroma)
    with nullcontext(checking) if checking is not None else checking_current(versions) as checking:
        # Read while the child process checks the version.
        corpus = load_corpus(corpus_path)
        glossary = load_glossary(corpus.directory)
        store = SnapshotStore(index_path)
        fingerprint = _fingerprint(corpus, glossary, embedder, store)
        with versions.writing(wait_s=wait_s):
            mended = versions.mend_pointer()
            versions.sweep()
            held = versions.held_since()
            current = _up_to_date(versions, corpus, None if held and respect_hold else fingerprint, progress, checking)
            if isinstance(current, Outcome):
                if held and not respect_hold:
                    versions.point(current.version)
                return replace(current, changed=current.changed or mended)
            with ReadingProcess() as process:
                reader = CorpusReader(corpus, store, process, strict=strict, held=_held(versions))
                examples = [example.model_dump() for example in corpus.examples]
                contents = Contents(
                    fingerprint,
                    corpus.directory,
                    corpus.speakers,
                    glossary,
                    reader.documents(),
                    reader.states,
                    examples,
                )
                name = publish(contents, versions, embedder, progress, damaged=current)
            return _outcome(versions, name, changed=True)


def refresh_corpus(
    corpus_path: Path,
    index_path: Path,
    *,
    allow_hosts: Sequence[str] = (),
    limits: "Limits | None" = None,
    progress: Progress = lambda *_: None,
    wait_s: float = 0.0,
) -> dict[str, SourceRecord]:
    """Fetch every source of a corpus that has an address; return how each is now. The index itself is left to ``ingest``.

    Raises CorpusError, IndexBusyError; what goes wrong with one source is that source's state.
    """
    from ingest.fetching import Fetcher
    from ingest.refreshing import refresh

    corpus = load_corpus(corpus_path)
    versions = IndexDirectory(index_path)
    with versions.writing(wait_s=wait_s), Fetcher(allow_hosts=allow_hosts, limits=limits) as fetcher:
        return refresh(corpus.sources, SnapshotStore(index_path), fetcher, progress)


def _held(versions: IndexDirectory) -> frozenset[str]:
    """Return the ids of the sources that the published version answers from."""
    from contextlib import closing

    from app.index.catalogue import Catalogue
    from app.index.versions import CATALOGUE

    try:
        name = versions.current()
        if name is None:
            return frozenset()
        with closing(Catalogue(versions.directory(name) / CATALOGUE)) as catalogue:
            return frozenset(state.id for state in catalogue.sources() if state.documents)
    except DamagedIndexError:
        return frozenset()


def _outcome(versions: IndexDirectory, name: str, *, changed: bool) -> Outcome:
    from contextlib import closing

    from app.index.catalogue import Catalogue
    from app.index.versions import CATALOGUE

    with closing(Catalogue(versions.directory(name) / CATALOGUE)) as catalogue:
        states = catalogue.sources()
    embedded = versions.manifest(name)["counts"]["embedded"] if changed else 0
    return Outcome(name, changed, states, embedded)


def _up_to_date(
    versions: IndexDirectory, corpus: Corpus, fingerprint: str | None, progress: Progress, checking: CurrentCheck
) -> Outcome | str | None:
    """Return the outcome where nothing needs to be read, else the name of a damaged version, or None.

    Without a ``fingerprint`` the version stays whatever the corpus holds, as long as it is sound.
    """
    name: str | None = None
    try:
        name = versions.current()
        if name is None:
            return None
        manifest = versions.manifest(name)
    except DamagedIndexError:
        return name
    if manifest["corpus"] != str(corpus.directory):
        raise CorpusError(
            f"{versions.path}: this index belongs to the corpus {manifest['corpus']}, not to {corpus.directory}. "
            "Choose another folder by --index or BRIEFWIJZER_INDEX_DIR; an index belongs to one corpus."
        )
    if fingerprint is not None and manifest["fingerprint"] != fingerprint:
        return None
    try:
        damaged = checking.damaged(name)
        if damaged is None and ("dense" in manifest) != (versions.chroma is not None):
            # The setting changed: the vectors go to the server, or come back from it.
            damaged = DENSE
    except StoreAwayError:
        if versions.chroma is not None:
            raise
        damaged = DENSE
    if damaged is None:
        versions.mark_sound(name)
        return _outcome(versions, name, changed=False)
    versions.mark_damaged(name, damaged)
    if damaged == "catalogue":
        return name
    try:
        return _outcome(versions, renew(name, versions, progress), changed=True)
    except (DamagedIndexError, OSError, sqlite3.Error):
        # Not even the catalogue can be used: the corpus is read again.
        return name


def _fingerprint(corpus: Corpus, glossary: Sequence[object], embedder: Embedder, store: SnapshotStore) -> str:
    """Return a digest of all that a version is made of: entries, file contents, glossary, weights, and this code's number."""
    digest = hashlib.sha256()

    def add(*values: object) -> None:
        digest.update(json.dumps(values, ensure_ascii=False, default=str).encode())

    # A scan that could not be read before is read once Tesseract is there.
    add(PIPELINE, embedder.digest, glossary, shutil.which("tesseract") is not None)
    for example in corpus.examples:
        add(example.question, example.language)
    for speaker in corpus.speakers:
        add(speaker.id, speaker.name, speaker.aliases, speaker.hints, speaker.owner)
    for source in corpus.sources:
        add(source.model_dump(mode="json"))
        path = corpus.path_of(source)
        if path is not None and path.is_file():
            try:
                with path.open("rb") as file:
                    add(hashlib.file_digest(file, "sha256").hexdigest())
            except OSError as error:
                raise DocumentError(
                    f"{path}: cannot be read ({error.strerror or error}). Make it readable, or take the source out of sources.toml."
                ) from error
        elif source.url and (record := record_of(store, source)) is not None:
            add(record.state, record.since, record.reason, record.snapshot)
    return digest.hexdigest()

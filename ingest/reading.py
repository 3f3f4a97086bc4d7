"""Reads the sources of a corpus: files in its folder, and the last good snapshots of its addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.errors import BriefwijzerError, DamagedIndexError, DocumentError
from app.passages import Analysed, Document, SourceState
from ingest.parsing import Parsed
from ingest.parsing.apart import ReadingProcess
from ingest.parsing.jsonl import Record, document_id, read_records
from ingest.seen import SeenIds
from ingest.snapshots import SnapshotStore, SourceRecord
from ingest.sources import Corpus, SourceEntry
from ingest.speakers import attribute_blocks
from ingest.splitting import split_document

LARGEST_FILE = 256 * 1024 * 1024


@dataclass(slots=True)
class CorpusReader:
    """Reads the sources of a corpus one after the other, and keeps what became of each."""

    corpus: Corpus
    store: SnapshotStore
    process: ReadingProcess
    strict: bool
    held: frozenset[str] = frozenset()
    _states: list[SourceState] = field(default_factory=list)
    _remarks: tuple[str, ...] = ()

    def states(self) -> Sequence[SourceState]:
        """Return how each source is that was read so far."""
        return self._states

    def documents(self) -> Iterator[Analysed]:
        """Yield the documents. Raises DocumentError at a file that cannot be read, where that is asked for by ``strict``."""
        names = [(name, s.id) for s in self.corpus.speakers for name in s.names]
        names.sort(key=lambda pair: -len(pair[0]))
        read = False
        failure: DocumentError | None = None
        for source in self.corpus.sources:
            path = self.corpus.path_of(source)
            if path is None or not path.is_file():
                item, state = self._fetched(source, path, names)
                self._states.append(state)
                if item is not None:
                    read = True
                    yield item
                continue
            self._remarks = ()
            # What is published of it is not to be lost by a slip of the pen: nothing is changed where it fails.
            needed = self.strict or source.id in self.held
            try:
                if not needed:
                    self._check(source, path)
                for item in self._read(source, path, names):
                    # From here on it has to go through to its end, or a part of the file would be published.
                    needed = read = True
                    yield item
            except DocumentError as error:
                if needed:
                    raise
                failure = failure or error
                self._states.append(_state(source, "failed", str(error)))
            else:
                reason = "; ".join(self._remarks) or None
                self._states.append(_state(source, "stands_in" if source.url else "ok", reason))
        if failure is not None and not read:
            raise failure  # Nothing at all could be read: the published version goes on answering.

    def _fetched(
        self, source: SourceEntry, path: Path | None, names: Sequence[tuple[str, str]]
    ) -> tuple[Analysed | None, SourceState]:
        """Return what the source's last good snapshot holds, and how the source is."""
        record = record_of(self.store, source) if source.url else None
        if record is None:
            return None, self._absent(source, path)
        reason = record.reason
        if record.state in ("gone", "blocked", "failed"):
            reason = f"{reason} (since {record.since[:10]})"
        state = _state(source, record.state, reason)
        if record.state == "gone" or record.snapshot is None:
            # What is gone is no longer cited; the index keeps its revision, so that earlier citations open.
            return None, state
        from ingest.refreshing import parsed_snapshot

        try:
            latest = self.store.latest(source.id)
            assert latest is not None
            snapshot, content = latest
            parsed = parsed_snapshot(
                self.process, source, content.read_bytes(), snapshot.kind, snapshot.final_url, snapshot.content_type
            )
            item = _analyse(source, parsed, names, source.id, source.id, fetched_at=snapshot.fetched_at)
        except (BriefwijzerError, OSError) as error:
            return None, _state(source, "failed", str(error))
        remarks = "; ".join(parsed.remarks) or None
        return item, replace(state, fetched_at=snapshot.fetched_at, reason=state.reason or remarks)

    def _absent(self, source: SourceEntry, path: Path | None) -> SourceState:
        if source.url is None:
            is_folder = path is not None and path.is_dir()
            what = (
                f"{path} is a folder. Name a file in it" if is_folder else f"the file {path} is not there. Put it there"
            )
            message = f"source {source.id!r}: {what}, or take the source out of sources.toml."
            # Not a file that cannot be read, but a mistake in the corpus folder: nothing is changed.
            raise DocumentError(message)
        return _state(source, "not_fetched", "not fetched yet; fetch it with: briefwijzer ingest --refresh")

    def _check(self, source: SourceEntry, path: Path) -> None:
        """Read the records of a file to its end and keep none. Raises DocumentError.

        So nothing is published of a file that fails at its last line, and a large one is not held in memory for that.
        """
        if path.suffix.lower() == ".jsonl":
            for record, _ in _records(source, path):
                if source.quotes:
                    attribute_blocks(record.parsed, source.speaker, source.quotes, path.name)

    def _read(self, source: SourceEntry, path: Path, names: Sequence[tuple[str, str]]) -> Iterator[Analysed]:
        """Yield the documents of a file."""
        if path.suffix.lower() == ".jsonl":
            for record, ident in _records(source, path):
                yield _analyse(
                    source, record.parsed, names, path.name, ident, record.id, record.title, record.url, record.date
                )
            return
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise DocumentError(f"{path.name}: larger than {LARGEST_FILE // 1024 // 1024} MB. Split it.")
            marks = tuple(mark for quotes in source.quotes for mark in (quotes.headings_after, quotes.after) if mark)
            parsed = self.process.parse(path.read_bytes(), path.name, headings=source.headings, marks=marks)
        except OSError as error:
            raise DocumentError(f"{path}: cannot be read ({error.strerror or error}).") from error
        self._remarks = parsed.remarks
        yield _analyse(source, parsed, names, path.name, source.id)


def _records(source: SourceEntry, path: Path) -> Iterator[tuple[Record, str]]:
    """Yield the records of a file with their document ids. Those of two files are never the same: they begin with the source's."""
    try:
        with SeenIds() as seen:
            for record in read_records(path):
                ident = document_id(source.id, record.id)
                if not seen.add(ident):
                    raise DocumentError(
                        f"{path.name}, line {record.line}: id {record.id!r}: two records share the document id {ident!r}. "
                        "Give each record its own id."
                    )
                yield record, ident
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _analyse(
    source: SourceEntry,
    parsed: Parsed,
    names: Sequence[tuple[str, str]],
    name: str,
    ident: str,
    record_id: str | None = None,
    title: str | None = None,
    url: str | None = None,
    date: str | None = None,
    fetched_at: str | None = None,
) -> Analysed:
    attributed = attribute_blocks(parsed, source.speaker, source.quotes, name)
    document = Document(
        ident, source.id, title or source.title, parsed.text, attributed.blocks, parsed.links, record_id, source.publisher,
        source.speaker, source.language, date or source.date or parsed.date, url or source.url, fetched_at,
    )  # fmt: skip
    sentences, passages = split_document(document, attributed.sections, names)
    return Analysed(document, sentences, passages, attributed.asked)


def record_of(store: SnapshotStore, source: SourceEntry) -> SourceRecord | None:
    """Return what is known of a source at its present address, or None."""
    try:
        record = store.record(source.id)
        # An address that was edited has not been fetched yet, whatever the one before it gave.
        return record if record is not None and record.speaks_of(source.url) else None
    except DamagedIndexError as error:
        return SourceRecord("failed", "", "", str(error))


def _state(source: SourceEntry, state: str, reason: str | None) -> SourceState:
    return SourceState(
        source.id, source.title, state,  # type: ignore[arg-type]
        source.publisher, source.speaker, source.url, source.date, source.language, source.linked_from, reason,
    )  # fmt: skip

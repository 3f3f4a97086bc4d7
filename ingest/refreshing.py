"""Brings the snapshots of a corpus up to date: fetches each address once, reads it, and decides what became of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.errors import DamagedIndexError, DocumentError
from app.passages import revision
from ingest.fetching import BlockedError, Fetched, Fetcher, FetchError, GoneError
from ingest.parsing import Parsed
from ingest.parsing.apart import ReadingProcess
from ingest.parsing.html import NoContentError, decode_page
from ingest.snapshots import Snapshot, SnapshotStore, SourceRecord, State
from ingest.sources import SourceEntry

_KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/markdown": "md",
    "text/plain": "txt",
}
Progress = Callable[[str, int, int | None], None]


def refresh(
    sources: Sequence[SourceEntry], store: SnapshotStore, fetcher: Fetcher, progress: Progress = lambda *_: None
) -> dict[str, SourceRecord]:
    """Fetch every source that has an address; return how each is now. What fails keeps its last good snapshot."""
    wanted = [source for source in sources if source.url]
    found: dict[str, SourceRecord] = {}
    with ReadingProcess() as reader:
        for number, source in enumerate(wanted):
            progress(f"fetch {source.id}", number, len(wanted))
            found[source.id] = _refresh_one(source, store, fetcher, reader)
    return found


def _refresh_one(source: SourceEntry, store: SnapshotStore, fetcher: Fetcher, reader: ReadingProcess) -> SourceRecord:
    assert source.url is not None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    before, last = _known(source, store)
    state: State = "ok"
    reason: str | None = None
    kept = before.snapshot if before and last else None
    newest = before.newest if before and last else None
    tagged = store.newest(source.id) or last
    try:
        fetched = fetcher.fetch(
            source.url,
            etag=tagged.etag if last and tagged else None,
            last_modified=tagged.last_modified if last and tagged else None,
        )
        if fetched.content is None:
            state, reason = "unchanged", before.reason if before and before.state in ("ok", "unchanged") else None
        else:
            snapshot, content, reason = _read(reader, source, fetched, now)
            unchanged = last is not None and last.rev == snapshot.rev
            state = "unchanged" if unchanged else "ok"
            # The bytes may differ where the text does not: then the snapshot that is cited stays the cited one.
            newest = store.save(source.id, snapshot, content)
            kept = kept if unchanged and kept else newest
    except GoneError as error:
        state, reason = "gone", str(error)
    except BlockedError as error:
        state, reason = "blocked", str(error)
    except (FetchError, DocumentError) as error:
        state, reason = "failed", str(error)
    except OSError as error:
        state, reason = "failed", f"the snapshot cannot be written ({error.strerror or error})"
    same = before is not None and before.state == state
    record = SourceRecord(state, now, before.since if before and same else now, reason, kept, source.url, newest)
    try:
        store.note(source.id, record)
    except OSError as error:
        record = replace(record, state="failed", reason=f"its state cannot be written ({error.strerror or error})")
    return record


def _known(source: SourceEntry, store: SnapshotStore) -> tuple[SourceRecord | None, Snapshot | None]:
    """Return how the source was at its present address, and its last good snapshot from there, where that is whole.

    What another address gave says nothing of this one, and is never cited under it.
    """
    try:
        before = store.record(source.id)
        if before is None or not before.speaks_of(source.url):
            return None, None
        latest = store.latest(source.id)
    except DamagedIndexError:
        return None, None
    return before, latest[0] if latest is not None and latest[0].url == source.url else None


def _read(
    reader: ReadingProcess, source: SourceEntry, fetched: Fetched, now: str
) -> tuple[Snapshot, bytes, str | None]:
    """Read what was fetched; the last of the three says what of it could not be read. Raises DocumentError where it cannot be, BlockedError where it is a wall and no content."""
    content = fetched.content or b""
    kind = kind_of(content, fetched.content_type, fetched.url)
    parsed = parsed_snapshot(reader, source, content, kind, fetched.url, fetched.content_type)
    return (
        Snapshot(
            source.url or fetched.url, fetched.url, now, hashlib.sha256(content).hexdigest(), kind, revision(parsed.text),
            fetched.content_type, fetched.etag, fetched.last_modified,
        ),
        content,
        "; ".join(parsed.remarks) or None,
    )  # fmt: skip


def parsed_snapshot(
    reader: ReadingProcess, source: SourceEntry, content: bytes, kind: str, url: str, content_type: str | None = None
) -> Parsed:
    """Return the text of a fetched file. Raises DocumentError, BlockedError."""
    name = f"{source.id}.{kind}"
    if kind == "html":
        try:
            return reader.page(content, name, url, content_type)
        except NoContentError as error:
            raise BlockedError(str(error)) from error
    if kind in ("txt", "md"):
        content = decode_page(content, content_type).encode()
    return reader.parse(content, name)


def kind_of(content: bytes, content_type: str | None, url: str) -> str:
    """Return the ending by which a file is read, by its own first bytes before what the server says. Raises DocumentError."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in start:
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return "docx"
    if start[:200].lower().startswith((b"<!doctype html", b"<html")) or b"<html" in start[:1024].lower():
        return "html"
    said = (content_type or "").split(";", 1)[0].strip().lower()
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(f"{url[:200]}: neither a page nor a document, whatever its type {said or '(none)'} says.")
    kind = _KINDS.get(said)
    if kind in ("txt", "md", "html"):
        return kind
    if kind is None and (ending := url.rsplit("?", 1)[0].rsplit(".", 1)[-1].lower()) in ("txt", "md"):
        return ending
    raise DocumentError(f"{url[:200]}: a file of type {said or 'unknown'} cannot be read.")

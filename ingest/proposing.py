"""Proposes entries for sources.toml: from an address, a file, or the links of a document."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app import analysis
from app.errors import CorpusError
from app.passages import Link
from ingest.fetching import Fetcher
from ingest.parsing import Parsed
from ingest.parsing.apart import ReadingProcess
from ingest.refreshing import kind_of, parsed_snapshot
from ingest.sources import Corpus, SourceEntry, load_corpus

_LONGEST_ID = 60
_HOUSE = re.compile(r"^(?:Eerste|Tweede) Kamer der Staten-Generaal\b")
_DATE = re.compile(r"(20\d\d)[-/](\d{1,2})(?:[-/](\d{1,2}))?(?!\d)")


def add_source(corpus_path: Path, target: str, fetcher: Fetcher) -> str:
    """Write an entry for an address or a file inside the corpus folder; return the entry.

    What stands in sources.toml already is left as it is, comments included. Raises CorpusError, DocumentError, FetchError.
    """
    corpus = load_corpus(corpus_path, may_be_empty=True)
    if re.match(r"^https?://", target):
        if any(source.url == target for source in corpus.sources):
            raise CorpusError(f"{target} is a source already.")
        fetched = fetcher.fetch(target)
        content = fetched.content or b""
        probe = SourceEntry(id="new", title="new", url=target)
        kind = kind_of(content, fetched.content_type, fetched.url)
        with ReadingProcess() as reader:
            parsed = parsed_snapshot(reader, probe, content, kind, fetched.url, fetched.content_type)
        entry = _entry(corpus, parsed, title_of_address(target), url=target)
    else:
        path = (corpus.directory / target).resolve()
        if not path.is_relative_to(corpus.directory.resolve()):
            raise CorpusError(f"{target}: the file must stand inside {corpus.directory}. Put it there first.")
        if not path.is_file():
            raise CorpusError(f"{path}: there is no such file. Put it in the corpus folder first.")
        relative = path.relative_to(corpus.directory.resolve()).as_posix()
        if any(source.path == relative for source in corpus.sources):
            raise CorpusError(f"{relative} is a source already.")
        with ReadingProcess() as reader:
            parsed = reader.parse(path.read_bytes(), path.name)
        entry = _entry(corpus, parsed, path.stem, path=relative)
    _append(corpus.directory / "sources.toml", entry)
    return entry


def links_of(corpus: Corpus, links: Sequence[Link], linked_from: str) -> list[str]:
    """Return an entry for each address that a document links to and that is no source yet; nothing is fetched."""
    known = {source.url for source in corpus.sources}
    taken = {source.id for source in corpus.sources}
    entries = []
    for url in dict.fromkeys(link.url for link in links):
        if url in known:
            continue
        title = title_of_address(url)
        ident = _identifier(title, taken)
        taken.add(ident)
        found = _DATE.search(url)
        entries.append(_written(ident, title, date=_dated(found), url=url, linked_from=linked_from))
    return entries


def title_of_address(url: str) -> str:
    """Return a readable title from an address alone: the words of its last part."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    words = re.sub(r"\.\w{2,5}$", "", unquote(parts[-1])) if parts else urlsplit(url).hostname or url
    words = re.sub(r"[~#?].*$|[-_+]+", " ", words).strip()
    return words[:1].upper() + words[1:] if words else url


def _entry(corpus: Corpus, parsed: Parsed, fallback: str, *, path: str | None = None, url: str | None = None) -> str:
    title = (parsed.title or "").strip() or _first_heading(parsed) or fallback
    ident = _identifier(title, {source.id for source in corpus.sources})
    language = (parsed.language or analysis.detect_language(parsed.text[:5_000]))[:2].lower()
    return _written(ident, title, date=parsed.date, language=language, path=path, url=url)


def _first_heading(parsed: Parsed) -> str | None:
    """Return the first large heading of the first page, past the name of the house that a paper is laid before."""
    for block in parsed.blocks:
        if (block.page or 1) > 1:
            return None
        text = parsed.text[block.start : block.end]
        if block.kind == "heading" and (block.level or 9) <= 2 and len(text) > 4 and not _HOUSE.match(text):
            return text[:500]
    return None


def _written(ident: str, title: str, **fields: str | None) -> str:
    lines = ["[[source]]", f"id = {_quoted(ident)}", f"title = {_quoted(title)}"]
    lines += [f"{name} = {_quoted(value)}" for name, value in fields.items() if value]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign >= " " and sign != "\x7f" else " " for sign in escaped) + '"'


def _identifier(title: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    ident = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].strip("-") or "bron"
    found, number = ident, 2
    while found in taken:
        found, number = f"{ident}-{number}", number + 1
    return found


def _dated(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    year, month, day = match.groups()
    if not 1 <= int(month) <= 12:
        return year
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day and 1 <= int(day) <= 31 else "")


def _append(path: Path, entry: str) -> None:
    """Add the entry at the end in one step, and take it back where the file would not load any more."""
    before = path.read_bytes()
    glue = b"" if before.endswith(b"\n\n") else b"\n" if before.endswith(b"\n") else b"\n\n"
    scratch = path.with_suffix(".part")
    try:
        scratch.write_bytes(before + glue + entry.encode())
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise CorpusError(f"{path}: cannot be written ({error.strerror or error}).") from error
    try:
        load_corpus(path.parent)
    except CorpusError:
        path.write_bytes(before)
        raise

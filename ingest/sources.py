"""Reads ``sources.toml``: who speaks in a corpus, and which files and addresses it consists of."""

import re
from dataclasses import dataclass
from datetime import date as calendar_date
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.errors import CorpusError
from app.passages import Speaker
from ingest.toml_files import parse_toml

_ID = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_DATE = re.compile(r"^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$")
READABLE = (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".jsonl")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SpeakerEntry(_Entry):
    """A ``[[speaker]]`` of sources.toml."""

    id: str = Field(pattern=_ID, max_length=64)
    name: str = Field(min_length=1, max_length=200)
    aliases: list[str] = []
    hints: list[str] = []
    owner: bool = False


class QuotesEntry(_Entry):
    """A ``[[source.quotes]]``: stretches in which the author repeats somebody else's words.

    Either the headings after one line (``headings_after``), or the text below every line that reads so (``after``).
    """

    speaker: str
    headings_after: str | None = Field(default=None, min_length=1)
    after: str | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.headings_after is None) == (self.after is None):
            raise ValueError("name the line below which these words stand, either by headings_after or by after")
        return self


class SourceEntry(_Entry):
    """A ``[[source]]`` of sources.toml."""

    id: str = Field(pattern=_ID, max_length=64)
    title: str = Field(min_length=1, max_length=500)
    publisher: str | None = None
    speaker: str | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    date: str | None = None
    path: str | None = None
    url: str | None = Field(default=None, max_length=2000)
    linked_from: str | None = None
    headings: list[str] = []
    quotes: list[QuotesEntry] = []

    @field_validator("date", mode="before")
    @classmethod
    def _as_precise_as_known(cls, value: Any) -> Any:
        if isinstance(value, calendar_date):
            return value.isoformat()[:10]
        if isinstance(value, str) and not _DATE.match(value):
            raise ValueError("write YYYY, YYYY-MM or YYYY-MM-DD, as precise as it is known")
        if isinstance(value, str) and len(value) == len("2025-12-31"):
            try:
                calendar_date.fromisoformat(value)
            except ValueError as error:
                raise ValueError("there is no such day in the calendar") from error
        return value

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"^https?://[^\s/]+", value):
            raise ValueError("write an address that starts with http:// or https://")
        return value


class ExampleEntry(_Entry):
    """An ``[[example]]``: a question that pages offer to somebody who has not asked anything yet."""

    question: str = Field(min_length=1, max_length=200)
    language: str = Field(default="nl", pattern=r"^(nl|en)$")


class _Corpus(_Entry):
    speaker: list[SpeakerEntry] = []
    source: list[SourceEntry] = []
    example: list[ExampleEntry] = []


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus folder, as its sources.toml describes it."""

    directory: Path
    speakers: tuple[Speaker, ...]
    sources: tuple[SourceEntry, ...]
    examples: tuple[ExampleEntry, ...] = ()

    def path_of(self, source: SourceEntry) -> Path | None:
        """Return where the source's own file stands, inside the corpus folder, or None where it names none."""
        return None if source.path is None else self.directory / source.path


def load_corpus(directory: Path, *, may_be_empty: bool = False) -> Corpus:
    """Read and check ``sources.toml``; ``may_be_empty`` where a first source is about to be added.

    Raises CorpusError that names the line, the key and the value, and what to write instead.
    """
    directory = directory.resolve()
    path = directory / "sources.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CorpusError(
            f"{path}: not found. A corpus is a folder with a sources.toml; name it with --corpus or BRIEFWIJZER_CORPUS_DIR."
        ) from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error
    raw = parse_toml(path, text)
    try:
        entries = _Corpus.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise CorpusError(f"{path}{_place(text, first['loc'])}: {_explain(first)}") from error
    _check(path, text, directory, entries, may_be_empty=may_be_empty)
    speakers = tuple(Speaker(s.id, s.name, tuple(s.aliases), tuple(s.hints), s.owner) for s in entries.speaker)
    return Corpus(directory, speakers, tuple(entries.source), tuple(entries.example))


def _check(path: Path, text: str, directory: Path, entries: _Corpus, *, may_be_empty: bool) -> None:
    """Raise for what the entries say together: ids that come twice, names of speakers and sources that are not there."""

    def fail(kind: str, number: int, key: str, message: str, *within: int | str) -> None:
        raise CorpusError(f"{path}{_place(text, (kind, number, *within, key))}: {message}")

    if not entries.source and not may_be_empty:
        raise CorpusError(f"{path}: there is no [[source]] in it, so there is nothing to answer from. Add one.")
    if sum(speaker.owner for speaker in entries.speaker) > 1:
        raise CorpusError(f"{path}: more than one speaker has owner = true. Keep it for the one that says 'wij'.")
    named: tuple[tuple[str, list[str]], ...] = (
        ("speaker", [entry.id for entry in entries.speaker]),
        ("source", [entry.id for entry in entries.source]),
    )
    for kind, ids in named:
        seen: set[str] = set()
        for number, name in enumerate(ids):
            if name in seen:
                fail(kind, number, "id", f"{kind} id {name!r} stands there twice. Give each its own.")
            seen.add(name)
    called: dict[str, str] = {}
    for number, speaker in enumerate(entries.speaker):
        for key, name in (("name", speaker.name), *(("aliases", alias) for alias in speaker.aliases)):
            if called.setdefault(name.casefold(), speaker.id) != speaker.id:
                fail("speaker", number, key, f"{name!r} is the name of speaker {called[name.casefold()]!r} already.")
    speakers = {speaker.id for speaker in entries.speaker}
    sources = {source.id for source in entries.source}
    for number, source in enumerate(entries.source):
        if problem := _problem(source, directory, speakers, sources):
            fail("source", number, *problem)


def _problem(
    source: SourceEntry, directory: Path, speakers: set[str], sources: set[str]
) -> tuple[str, str] | tuple[str, str, str, int] | None:
    """Return (key, message) for what is wrong with one source, and which of its quotes is meant, or None."""
    known = f"Known speakers: {', '.join(sorted(speakers)) or 'none'}."
    if source.path is None and source.url is None:
        return "id", f"source {source.id!r} has neither a path nor a url. Give it one of them."
    if source.speaker is not None and source.speaker not in speakers:
        return "speaker", f"unknown speaker {source.speaker!r}. {known}"
    for number, quotes in enumerate(source.quotes):
        if quotes.speaker not in speakers:
            return "speaker", f"unknown speaker {quotes.speaker!r} in source.quotes. {known}", "quotes", number
    if source.linked_from is not None and source.linked_from not in sources:
        return "linked_from", f"unknown source {source.linked_from!r}."
    if source.path is not None:
        try:
            resolved = (directory / source.path).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            # A loop of symbolic links, a NUL, a name that is too long.
            return "path", f"path {source.path!r} is no file's name ({error})."
        if not resolved.is_relative_to(directory):
            return "path", f"path {source.path!r} leads out of the corpus folder. Copy the file into it."
        if resolved.suffix.lower() not in READABLE:
            return "path", f"path {source.path!r}: only {', '.join(READABLE)} can be read."
    return None


def _place(text: str, loc: tuple[int | str, ...]) -> str:
    """Return ", line N, key 'k'" for a place in the file, as near as it can be told."""
    kinds = [part for part in loc if isinstance(part, str)]
    numbers = [part for part in loc if isinstance(part, int)]
    key = kinds[-1] if kinds else ""
    if not kinds or not numbers:
        line = _line_of(text.split("\n"), 0, key)
        return (f", line {line}" if line else "") + (f", key {key!r}" if key else "")
    lines = text.split("\n")
    header = re.compile(rf"^\s*\[\[\s*{re.escape(kinds[0])}\s*\]\]")
    starts = [number for number, line in enumerate(lines) if header.match(line)]
    if numbers[0] >= len(starts):
        return f", key {key!r}"
    start = starts[numbers[0]]
    if "quotes" in kinds[1:] and len(numbers) > 1:
        header = re.compile(r"^\s*\[\[\s*source\s*\.\s*quotes\s*\]\]")
        quotes = [number for number in range(start, len(lines)) if header.match(lines[number])]
        start = quotes[numbers[1]] if numbers[1] < len(quotes) else start
        if key == "quotes":
            return f", line {start + 1}, key 'quotes'"
    return f", line {_line_of(lines, start, key) or start + 1}, key {key!r}"


def _line_of(lines: list[str], start: int, key: str) -> int | None:
    for number in range(start, len(lines)):
        if number > start and re.match(
            r"^\s*\[\[\s*(?:speaker|example|source|source\s*\.\s*quotes)\s*\]\]", lines[number]
        ):
            return None
        if re.match(rf"^\s*(?:\[+\s*)?[\"']?{re.escape(key)}\b", lines[number]):
            return number + 1
    return None


def _explain(error: Any) -> str:
    value = error.get("input")
    shown = f" (found {value!r})" if isinstance(value, str | int | float | bool) else ""
    if error["type"] == "extra_forbidden":
        return f"unknown key {error['loc'][-1]!r}. See the README for the keys that are known."
    if error["type"] == "missing":
        return f"the key {error['loc'][-1]!r} is missing."
    if error["type"] == "string_pattern_mismatch":
        return f"{error['msg']}{shown}. Write lower-case letters, digits and hyphens."
    return f"{error['msg']}{shown}."

"""Reads a ``.jsonl`` file: one record a line, each a document of its own."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder, is_web_link
from ingest.seen import SeenIds

_KEYS = {"id", "text", "title", "url", "date"}
_LONGEST_LINE = 8 * 1024 * 1024
# After each look into a file another thread may hold Python's lock for a while.
_BUFFER = 1 << 20
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_UNSAFE = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the number of its line, its own id, its text, and what it says of itself."""

    line: int
    id: str
    text: str
    title: str | None
    url: str | None
    date: str | None

    @property
    def parsed(self) -> Parsed:
        """The text in its paragraphs, made anew each time that it is asked for."""
        builder = ParsedBuilder()
        for paragraph in _PARAGRAPHS.split(self.text):
            builder.add("paragraph", paragraph)
        return builder.build()


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file, line by line, so that a large file never stands in memory as a whole.

    Raises DocumentError with the line's number for anything that is not a record, and for an id that comes twice.
    """
    number = 0
    with SeenIds() as seen, path.open("rb", _BUFFER) as lines:
        for line, raw in enumerate(iter(lambda: lines.readline(_LONGEST_LINE + 1), b""), 1):
            place = f"{path.name}, line {line}"
            if len(raw) > _LONGEST_LINE:
                raise DocumentError(f"{place}: longer than {_LONGEST_LINE // 1024 // 1024} MB. Split the record.")
            if not raw.strip():
                continue
            record = _record(raw, place)
            if not seen.add(record["id"]):
                raise DocumentError(f"{place}: id {record['id']!r} stands there twice. Give each record its own.")
            if not record["text"].strip():
                raise DocumentError(f"{place}: record {record['id']!r} has an empty text. Fill it, or take it out.")
            number += 1
            yield Record(line, record["id"], record["text"], record.get("title"), record.get("url"), record.get("date"))
    if not number:
        raise DocumentError(
            f"{path.name}: the file is empty. Put records in it, or take the source out of sources.toml."
        )


def document_id(source_id: str, record_id: str) -> str:
    """Return the document's id for a record: the source's and the record's id, in signs that an address may hold."""
    cleaned = _UNSAFE.sub("-", record_id.lower()).strip("-.")
    return f"{source_id}.{cleaned}" if cleaned else source_id


def _record(raw: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(raw)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{place}: not UTF-8 text (byte 0x{raw[error.start]:02x}). Save the file as UTF-8."
        ) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise DocumentError(f"{place}: not valid JSON ({error}).") from error
    if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not isinstance(record.get("text"), str):
        raise DocumentError(f'{place}: a record is an object with "id" and "text", both strings.')
    if _HALF.search(raw) and any(
        "\ud800" <= sign <= "\udfff" for value in record.values() if isinstance(value, str) for sign in value
    ):
        raise DocumentError(f"{place}: it holds half a character (a lone surrogate). Save the text anew.")
    if not record["id"].strip():
        raise DocumentError(f"{place}: the id is empty. Give each record its own.")
    for key in _KEYS - {"id", "text"}:
        if record.get(key) is not None and not isinstance(record[key], str):
            raise DocumentError(f"{place}: {key!r} is {record[key]!r}; write a string.")
    if record.get("url") and not is_web_link(record["url"]):
        raise DocumentError(f"{place}: url {record['url']!r} does not start with http:// or https://.")
    return record

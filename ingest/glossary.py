"""Reads ``begrippen.toml``, the glossary that staff keep beside the sources."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import CorpusError
from ingest.toml_files import parse_toml


class _Concept(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    term: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    synonyms: list[str] = []
    everyday: list[str] = []
    english: list[str] = []


def load_glossary(corpus: Path) -> tuple[dict[str, Any], ...]:
    """Return the glossary's entries, none where there is no such file. Raises CorpusError that names the entry."""
    path = corpus / "begrippen.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error}).") from error
    raw = parse_toml(path, text)
    found = raw.get("begrip", [])
    if not isinstance(found, list) or raw.keys() - {"begrip"}:
        stray = ", ".join(sorted(raw.keys() - {"begrip"})) or "begrip"
        raise CorpusError(f"{path}: unknown key {stray!r}. Every entry starts with [[begrip]].")
    entries = []
    seen: set[str] = set()
    for number, entry in enumerate(found, 1):
        try:
            concept = _Concept.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            name = entry.get("term", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            raise CorpusError(
                f"{path}, [[begrip]] {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}."
            ) from error
        if concept.term.casefold() in seen:
            raise CorpusError(f"{path}: the term {concept.term!r} stands there twice. Put the two together.")
        seen.add(concept.term.casefold())
        entries.append(concept.model_dump())
    return tuple(entries)

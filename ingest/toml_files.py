"""Reads the TOML files that staff keep by hand, and says where one is not TOML in words that help to mend it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from app.errors import CorpusError

_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_KEY = re.compile(r"^\s*([\w.-]+)\s*(?:=|$)")
_LONGEST_LINE = 80


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Return the table. Raises CorpusError that names the line and the key at it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        found = _AT.search(said)
        lines = text.splitlines() or [""]
        number = min(int(found.group(1)), len(lines)) if found and found.group(1) else len(lines)
        # What is not closed is noticed only at the end of the text, or of empty lines.
        while number > 1 and not lines[number - 1].strip():
            number -= 1
        line = lines[number - 1].strip()
        key = _KEY.match(line)
        place = f"line {number}" + (f", key {key.group(1)!r}" if key else "")
        what = _AT.sub("", said)
        raise CorpusError(
            f'{path}, {place}: not valid TOML ({what}): {line[:_LONGEST_LINE]!r}. Write each value as key = "text".'
        ) from error

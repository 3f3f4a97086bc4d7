"""The chat widget: plain modules, sent to browsers as one script.

The modules also load as they stand. For one request instead of twenty, and so that one script tag is enough, they are put
after one another in the order of their imports, without import and export and without comments.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENTRY = "register.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:\{\};\n|(?=(?:async )?(?:function|class|const|let)\b))", re.MULTILINE)
# Only comments that open a line: the sources have no other, and what stands inside a line may be text.
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/)\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """The script as it is sent: its bytes, the same packed by gzip, and the digest of its contents (16 hex digits)."""

    body: bytes
    packed: bytes
    digest: str


@cache
def widget_script() -> Script:
    """Return the one script that holds the whole widget."""
    modules = "".join(_stripped(_source(name)) for name in _in_order(ENTRY))
    body = f'(() => {{\n"use strict";\n{modules}}})();\n'.encode()
    return Script(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:16])


def _source(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _in_order(name: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the modules that ``name`` needs, each after what it imports itself, and ``name`` last."""
    for needed in _IMPORT.findall(_source(name)):
        if needed not in seen:
            seen = _in_order(needed, seen)
    return (*seen, name)


def _stripped(source: str) -> str:
    bare = _EXPORT.sub("", _IMPORT.sub("", source))
    return _INDENT.sub("", _COMMENT.sub("", bare))

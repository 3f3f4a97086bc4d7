"""Logs as one JSON object a line, on standard output, in which nobody's question, key or address stands.

A line is made of what we put in it: the route as it is declared and not the path, no query, no header but the request's id. Of
an error its kinds and places are said and not its message, which may hold what was asked; our own errors and the operating
system's say themselves. JSON escapes line breaks and every sign that steers a terminal, and no value is long.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TextIO

from app.errors import BriefwijzerError, QuestionError

REQUESTS = logging.getLogger("app.requests")
_LONGEST = 1_000
_MOST_FIELDS = 40
_MOST_FRAMES = 40
_MOST_CAUSES = 5
_NUMBERS = (bool, int, float)
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
_FOREIGN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


class JsonFormatter(logging.Formatter):
    """Formats a record, and the mapping that its ``fields`` attribute holds, as one line of ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": _clipped(record.name),
            "message": _clipped(_message(record)),
        }
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        for name, value in list(fields.items())[:_MOST_FIELDS]:
            if value is not None:
                line[name] = value if isinstance(value, _NUMBERS) else _clipped(str(value))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = described(record.exc_info[1])
        # json leaves DEL as it is.
        return _ENCODER.encode(line).replace("\x7f", "\\u007f")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name of the standard library
        """Return an error as JSON."""
        return json.dumps(described(ei[1]))


@lru_cache(maxsize=2)
def _second(time_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_s))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def described(error: BaseException) -> list[dict[str, Any]]:
    """Return an error and what caused it: kind, places, and the message where it cannot hold what a user typed."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(found) < _MOST_CAUSES:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-_MOST_FRAMES:]
        entry: dict[str, Any] = {
            "kind": f"{type(current).__module__}.{type(current).__qualname__}".removeprefix("builtins."),
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if _is_ours(current):
            entry["message"] = _clipped(str(current))
        found.append(entry)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _is_ours(error: BaseException) -> bool:
    # A question error may quote the question.
    return isinstance(error, BriefwijzerError | OSError) and not isinstance(error, QuestionError)


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send all logs of this process through one JSON handler. For entry points alone: it changes the process.

    ``level`` is that of our own loggers; others are heard from warnings on, because what they say below may hold contents.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # A broken log stream must not print records, with their arguments, elsewhere.
    logging.raiseExceptions = False
    # No line tells of these, and each costs every line its time.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(True)
    logging.getLogger("app").setLevel(level.upper())
    logging.getLogger("ingest").setLevel(level.upper())
    for name in _FOREIGN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
    # Ours takes its place; it logs addresses and paths.
    access = logging.getLogger("uvicorn.access")
    access.propagate = False
    access.disabled = True

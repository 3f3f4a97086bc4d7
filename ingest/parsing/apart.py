"""Reads files in a process of its own, with bounds of time and memory, so that no file can take an ingest down.

The process is started at the first file that needs it and serves the following ones too; one that is killed for what a
file did to it is replaced at the next. What it sends back is JSON, so that nothing it says is ever executed.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.errors import DocumentError
from app.passages import Block, Link
from ingest.parsing import parse
from ingest.parsing.blocks import Parsed
from ingest.parsing.html import NoContentError

_APART = frozenset({"pdf", "docx", "html", "htm", "md"})
_LARGE = 4_000_000
# A PDF gives a sign of life with each page, and while Tesseract is at work.
_QUIET_S = 120.0
_TOTAL_S = 1_800.0
_MEMORY = 3 * 1024**3
_MOST_ANSWERED = 512 * 1024**2


class ReadingProcess:
    """Reads one file after the other in a child process. Use it as a context manager, from one thread.

    ``quiet_s``, ``total_s`` (seconds) and ``memory`` (bytes of address space) are the bounds of one file.
    """

    def __init__(self, *, quiet_s: float = _QUIET_S, total_s: float = _TOTAL_S, memory: int = _MEMORY) -> None:
        self._quiet_s = quiet_s
        self._total_s = total_s
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ReadingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, data: bytes, name: str, *, headings: Sequence[str] = (), marks: Sequence[str] = ()) -> Parsed:
        """Read a file by the ending of its name, like ``ingest.parsing.parse``. Raises DocumentError."""
        if _kind(name) not in _APART and len(data) <= _LARGE:
            return parse(data, name, headings=tuple(headings), marks=tuple(marks))
        return self._read(data, name, {"headings": list(headings), "marks": list(marks)})

    def page(self, data: bytes, name: str, url: str, content_type: str | None) -> Parsed:
        """Read a fetched page. Raises DocumentError, and NoContentError where it is a wall or an error page."""
        return self._read(data, name, {"url": url, "content_type": content_type})

    def close(self) -> None:
        """End the process."""
        if self._child is None:
            return
        child, self._child = self._child, None
        with suppress(ProcessLookupError):
            # The group holds Tesseract too, where that is at work.
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _read(self, data: bytes, name: str, job: dict[str, Any]) -> Parsed:
        head = json.dumps({"name": name, "size": len(data), **job}).encode() + b"\n"
        try:
            answer = self._answer(head, data, self._quiet_s)
        except TimeoutError as error:
            self.close()
            raise DocumentError(f"{name}: {error}; it is not read. Save it anew or split it.") from error
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise DocumentError(
                f"{name}: reading it broke off (too much memory, or a fault in the file). Save it anew or split it."
            ) from error
        if "error" in answer:
            raise (NoContentError if answer["no_content"] else DocumentError)(answer["error"])
        return parsed_of(answer)

    def _answer(self, head: bytes, data: bytes, quiet_s: float) -> dict[str, Any]:
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(head)
        child.stdin.write(data)
        child.stdin.flush()
        end = time.monotonic() + self._total_s
        until = time.monotonic() + quiet_s
        parts: list[bytes] = []
        size = 0
        while True:
            ready, _, _ = select.select([child.stdout], [], [], max(0.0, min(until, end) - time.monotonic()))
            if not ready:
                raise TimeoutError(f"reading it took more than {quiet_s if until < end else self._total_s:.0f} s")
            chunk = os.read(child.stdout.fileno(), 1 << 20)
            if not chunk:
                raise EOFError
            until = time.monotonic() + quiet_s
            parts.append(chunk)
            size += len(chunk)
            if size > _MOST_ANSWERED:
                raise ValueError("the answer is too large")
            if chunk.endswith(b"\n") and (line := b"".join(parts).strip(b"\n")):
                answer: dict[str, Any] = json.loads(line)
                return answer
            if chunk.endswith(b"\n"):
                parts.clear()  # No more than the signs of life of the pages.

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "ingest.parsing.worker", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        return self._child


def as_json(parsed: Parsed) -> dict[str, Any]:
    """Return a parsed file as the process sends it."""
    return asdict(parsed)


def parsed_of(answer: dict[str, Any]) -> Parsed:
    """Return the parsed file that was sent."""
    return Parsed(
        answer["text"],
        tuple(Block(**block) for block in answer["blocks"]),
        tuple(Link(**link) for link in answer["links"]),
        answer["title"], answer["date"], answer["language"], answer["reference"], tuple(answer["remarks"]),
    )  # fmt: skip


def _kind(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()

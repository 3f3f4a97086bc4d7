"""Has the texts of an ingest analysed: here, or in a process of its own where there are many.

The analysis is Python throughout and half of what Python does in an ingest; in a process of its own it holds up nobody else.
Run as ``python -m ingest.analysing SCRATCH MANY_TERMS``, which serves frames on standard input and output.
"""

import marshal
import os
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, Protocol, Self

from app.errors import IndexError_
from ingest.turns import sharing_python
from ingest.words import Found, Texts, Words

_LENGTH = 8
_ROWS_A_FRAME = 2_000
_WORDS, _STANDS_FOR, _FREQUENCIES, _FAILED = "words", "stands for", "frequencies", "failed"


class Analyser(Protocol):
    """Analyses batches of documents one after the other. Use it as a context manager: it leaves nothing behind."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def send(self, documents: list[Texts]) -> None:
        """Hand over a batch. The caller sees to it that no more than a few wait."""
        ...

    def receive(self) -> Found:
        """Return what was found in the first batch that was not asked for yet. Raises IndexError_, OSError, sqlite3.Error."""
        ...

    def rows(self) -> Iterator[tuple[int, str, str, int]]:
        """Yield (number, surface, term, frequency) of each word; ask once all batches were received."""
        ...

    def stands_for(self) -> Iterator[tuple[str, int, float]]:
        """Yield (term, number of a word, how well the word stands for the term), once the rows were read to their end."""
        ...

    def frequencies(self) -> list[tuple[str, int]]:
        """Return the counts of terms that no batch gave; ask this last."""
        ...


class AnalyserHere:
    """Analyses a batch when it is asked for. ``scratch`` is where words go that are too many for memory."""

    def __init__(self, scratch: Path, many_terms: int) -> None:
        self._words = Words(scratch)
        self._many_terms = many_terms
        self._waiting: deque[list[Texts]] = deque()

    def __enter__(self) -> Self:
        self._words.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._words.__exit__()

    def send(self, documents: list[Texts]) -> None:
        """See ``Analyser``."""
        self._waiting.append(documents)

    def receive(self) -> Found:
        """See ``Analyser``."""
        return self._words.batch(self._waiting.popleft(), self._many_terms)

    def rows(self) -> Iterator[tuple[int, str, str, int]]:
        """See ``Analyser``."""
        return self._words.rows()

    def stands_for(self) -> Iterator[tuple[str, int, float]]:
        """See ``Analyser``."""
        return self._words.stands_for()

    def frequencies(self) -> list[tuple[str, int]]:
        """See ``Analyser``."""
        return self._words.frequencies()


class AnalyserApart:
    """The same in a child process, which works while nobody asks, and ends with the process that started it."""

    def __init__(self, scratch: Path, many_terms: int) -> None:
        self._scratch = scratch
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "ingest.analysing", str(scratch), str(many_terms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # An interrupt from the keyboard is for the ingest alone, which then ends this one.
            start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._scratch.unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._child.pid

    def send(self, documents: list[Texts]) -> None:
        """See ``Analyser``."""
        self._ask([(list(texts.sentences), list(texts.passages)) for texts in documents])

    def receive(self) -> Found:
        """See ``Analyser``."""
        return Found(*self._answer())

    def rows(self) -> Iterator[tuple[int, str, str, int]]:
        """See ``Analyser``."""
        return self._stream(_WORDS)

    def stands_for(self) -> Iterator[tuple[str, int, float]]:
        """See ``Analyser``."""
        return self._stream(_STANDS_FOR)

    def frequencies(self) -> list[tuple[str, int]]:
        """See ``Analyser``."""
        return list(self._stream(_FREQUENCIES))

    def _stream(self, what: str) -> Iterator[Any]:
        self._ask(what)
        while rows := self._answer():
            yield from rows

    def _ask(self, what: Any) -> None:
        assert self._child.stdin is not None
        try:
            _write(self._child.stdin, what)
        except OSError as error:
            raise self._ended() from error

    def _answer(self) -> Any:
        assert self._child.stdout is not None
        answer = _read(self._child.stdout)
        if answer is None:
            raise self._ended()
        if isinstance(answer, tuple) and answer[0] == _FAILED:
            raise OSError(answer[1])
        return answer

    def _ended(self) -> IndexError_:
        self._child.kill()
        status = self._child.wait()
        return IndexError_(
            f"{self._scratch.parent}: the process that analyses the texts ended early ({_said(status)}), so the new version was "
            "not made. What was published before is untouched. Look whether memory ran out, and ingest again."
        )


def analyser(scratch: Path, many_terms: int, *, apart: bool) -> Analyser:
    """Return an analyser; one that is ``apart`` costs a process, and pays from some hundreds of passages on."""
    return AnalyserApart(scratch, many_terms) if apart else AnalyserHere(scratch, many_terms)


def _said(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def _write(pipe: IO[bytes], what: Any) -> None:
    frame = marshal.dumps(what)
    pipe.write(len(frame).to_bytes(_LENGTH, "little"))
    pipe.write(frame)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Any:
    """Return what stands in the next frame, None where the other side ended."""
    length = int.from_bytes(pipe.read(_LENGTH), "little")
    frame = pipe.read(length)
    # What comes through the pipe is our own; nobody else can write to it.
    return marshal.loads(frame) if length and len(frame) == length else None  # noqa: S302


def _frames(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while frame := list(islice(iterator, _ROWS_A_FRAME)):
        yield frame
    yield []


def serve(scratch: Path, many_terms: int, asked: SimpleQueue[Any], answers: IO[bytes]) -> None:
    """Analyse what is asked."""
    with Words(scratch) as words, sharing_python():
        streams: dict[str, Callable[[], Iterable[Any]]] = {
            _WORDS: words.rows,
            _STANDS_FOR: words.stands_for,
            _FREQUENCIES: words.frequencies,
        }
        while True:
            what = asked.get()
            if isinstance(what, str):
                for rows in _frames(streams[what]()):
                    _write(answers, rows)
            else:
                found = words.batch([Texts(*texts) for texts in what], many_terms)
                _write(answers, [found.sentences, found.passages, found.new, found.frequencies])


def _listen(jobs: IO[bytes], asked: SimpleQueue[Any]) -> None:
    """Take in what is asked, so that whoever asks never waits for an answer to be read; end with it, at any moment."""
    while (what := _read(jobs)) is not None:
        asked.put(what)
    os._exit(0)


def main() -> None:
    """Serve on standard input and output until the other side ends."""
    # What a library prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    try:
        serve(Path(sys.argv[1]), int(sys.argv[2]), asked, answers)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            _write(answers, (_FAILED, str(error)))
    finally:
        # Without waiting for the thread that listens.
        os._exit(1)


if __name__ == "__main__":
    main()

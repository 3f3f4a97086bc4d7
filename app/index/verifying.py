"""Checks a version in a process of its own, because a damaged Chroma store can end the process that opens it.

Run as ``python -m app.index.verifying DIRECTORY [--server CHROMA_URL] [--scratch FOLDER] [--wait]``, where the dense index is copied
to FOLDER before it is opened, and a line on standard input is waited for; exit status 0 is good, 3 names a damaged derived part on
standard output ("tantivy", "words.npy" or "chroma"), 4 says why the Chroma server cannot be asked, anything else means that
the catalogue is damaged or the process was ended.
"""

import argparse
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from app.errors import DamagedIndexError, StoreAwayError
from app.index.catalogue import from_blobs
from app.index.compiled import import_compiled, open_compiled
from app.index.dense import import_chroma, open_dense
from app.index.lexical import LexicalIndex
from app.index.places import DENSE_SEARCH, EXACT, dense_place
from app.index.scratch import Scratch, copy_dense
from app.index.store import sample
from app.index.versions import CATALOGUE, DENSE, LEXICAL, MANIFEST, WORDS, ChromaServer, IndexDirectory, is_published
from app.index.words import WordVectors, quantised
from app.passages import revision

_SAMPLES = 200
# A check takes a second or two; on a machine that is busy with other things it may take far longer, and is no damage.
_CHECK_TIMEOUT_S = 600.0
_NEIGHBOURS = 10
_SAME = 0.99
_UNIT = 0.01
_DAMAGED, _AWAY, _NOBODY_WAITS = 3, 4, 5
# Only our own child reads it, so that the token stands in no list of processes.
_TOKEN = "BRIEFWIJZER_CHECKING_TOKEN"  # noqa: S105 - the variable's name


class Check:
    """A check under way in a child process. ``result`` waits for it; ``abandon`` ends it.

    With ``waits`` the child gets ready to look, and begins when it is asked for its ``result``: for a version in the making.
    """

    def __init__(
        self,
        version: Path,
        chroma: ChromaServer | None = None,
        timeout_s: float = _CHECK_TIMEOUT_S,
        *,
        waits: bool = False,
    ) -> None:
        self._server = chroma
        self._waits = waits
        self._timeout_s = timeout_s
        arguments = [] if chroma is None else ["--server", chroma.url]
        # What is not published yet is checked where it is; nobody reads it.
        self._scratch = Scratch.make(version.parent.parent) if is_published(version) else None
        if self._scratch is not None:
            arguments += ["--scratch", str(self._scratch.path)]
        if waits:
            arguments.append("--wait")
        token = {} if chroma is None or chroma.token is None else {_TOKEN: chroma.token}
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "app.index.verifying", str(version), *arguments],
            stdin=subprocess.PIPE if waits else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **token},
        )

    def result(self) -> str | None:
        """Return None where the version is sound, else "catalogue", "tantivy", "words.npy" or "chroma".

        Raises StoreAwayError where the vectors are on a server that does not answer.
        """
        try:
            said, _ = self._child.communicate("begin\n" if self._waits else None, timeout=self._timeout_s)
        except subprocess.TimeoutExpired:
            return DENSE
        finally:
            self.abandon()
        status = self._child.returncode
        if status == 0:
            return None
        named = said.strip().split("\n")[-1]
        if status == _AWAY:
            raise StoreAwayError(named)
        # A signal (a negative status) is what a damaged Chroma store does to whoever opens it.
        return named if named in (LEXICAL, WORDS, DENSE, "catalogue") else DENSE if status < 0 else "catalogue"

    def abandon(self) -> None:
        """End the check, if it has not ended, and take away what it made."""
        if self._child.returncode is None:
            self._child.kill()
            self._child.communicate()
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            scratch.remove()


def damaged_part(version: Path, timeout_s: float = _CHECK_TIMEOUT_S, chroma: ChromaServer | None = None) -> str | None:
    """Return None where the version is sound, else the damaged part's name; see ``Check.result``."""
    return Check(version, chroma, timeout_s).result()


class CurrentCheck:
    """The check of the version that is current when an ingest begins, under way while the corpus is looked at."""

    def __init__(self, versions: IndexDirectory) -> None:
        self._versions = versions
        self._name: str | None = None
        self._check: Check | None = None
        with suppress(DamagedIndexError):
            name = versions.current()
            if name is not None and (versions.directory(name) / MANIFEST).is_file():
                self._name, self._check = name, Check(versions.directory(name), versions.chroma)

    def damaged(self, name: str) -> str | None:
        """Return the damaged part of a version, or None. Raises StoreAwayError."""
        check, self._check = self._check, None
        if check is not None:
            if name == self._name:
                return check.result()
            check.abandon()
        return damaged_part(self._versions.directory(name), chroma=self._versions.chroma)

    def abandon(self) -> None:
        """End a check whose result nobody wants."""
        if self._check is not None:
            self._check.abandon()


@contextmanager
def checking_current(versions: IndexDirectory) -> Iterator[CurrentCheck]:
    """Check the current version in the background; a check that nobody asked for its result is ended."""
    checking = CurrentCheck(versions)
    try:
        yield checking
    finally:
        checking.abandon()


def digests(version: Path) -> dict[str, str]:
    """Return the sha256 of each file that nothing writes to once it was published. Opening Chroma writes to its own files."""
    files = [version / CATALOGUE, version / WORDS]
    files += sorted(path for path in (version / LEXICAL).glob("*") if path.suffix != ".lock" and path.is_file())
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path.relative_to(version).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _check_digests(version: Path, manifest: dict[str, Any], part: str) -> None:
    for name, digest in manifest.get("digests", {}).items():
        if name.split("/")[0] == part:
            with (version / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise DamagedIndexError(f"{name} is not what was written")


def _check_catalogue(version: Path, manifest: dict[str, Any]) -> int:
    with closing(sqlite3.connect(f"file:{version / CATALOGUE}?mode=ro&immutable=1", uri=True)) as connection:
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise DamagedIndexError("quick_check")
        passages = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        sentences = connection.execute("SELECT count(*) FROM sentences").fetchone()[0]
        if (passages, sentences) != (manifest["counts"]["passages"], manifest["counts"]["sentences"]):
            raise DamagedIndexError("counts")
        for start, end, text, document in connection.execute(
            'SELECT s.start, s."end", s.text, d.text FROM sentences s JOIN documents d ON d.number = s.document LIMIT 2000'
        ):
            if document[start:end] != text:
                raise DamagedIndexError("a sentence is not where it should be")
        for rev, text in connection.execute("SELECT rev, text FROM documents"):
            if revision(text) != rev:
                raise DamagedIndexError("a document's text is not what its revision says")
        for number in sample(passages, _SAMPLES):
            row = connection.execute("SELECT vector FROM passages WHERE number = ?", (number,)).fetchone()
            length = float(np.linalg.norm(from_blobs([row[0]])))
            # Half precision moves the length of a unit vector by less than this; a text without known words has none.
            if length and abs(length - 1) > _UNIT:
                raise DamagedIndexError(f"vector {number} is not a unit vector")
    return int(passages)


def _check_lexical(version: Path, passages: int) -> None:
    lexical = LexicalIndex.open(version / LEXICAL)
    if len(lexical) != passages:
        raise DamagedIndexError("count")
    with closing(sqlite3.connect(f"file:{version / CATALOGUE}?mode=ro&immutable=1", uri=True)) as connection:
        for number in sample(passages, _SAMPLES):
            terms = connection.execute("SELECT terms FROM passages WHERE number = ?", (number,)).fetchone()[0].split()
            if not terms:
                continue
            rarest = sorted(set(terms), key=lambda term: lexical.document_frequency("terms", term))[:8]
            if lexical.document_frequency("terms", rarest[0]) == 0:
                raise DamagedIndexError(f"term {rarest[0]!r} is not found")
            hits = lexical.search([("terms", term, 1.0) for term in rarest], 100)
            # Passages of the same words tie; then it is enough that the terms are found at all.
            if number not in {n for n, _ in hits} and len(hits) < 100:
                raise DamagedIndexError(f"passage {number} is not found by its own terms")


def _check_words(version: Path) -> None:
    words = WordVectors.open(version / WORDS)
    with closing(sqlite3.connect(f"file:{version / CATALOGUE}?mode=ro&immutable=1", uri=True)) as connection:
        if len(words) != connection.execute("SELECT count(*) FROM vocabulary").fetchone()[0]:
            raise DamagedIndexError("count")
        numbers = np.asarray(sample(len(words), _SAMPLES), dtype=np.int64)
        kept = [
            connection.execute("SELECT vector FROM vocabulary WHERE number = ?", (int(n),)).fetchone()[0]
            for n in numbers
        ]
        if len(numbers) and not np.array_equal(words.quantised(numbers), quantised(from_blobs(kept))):
            raise DamagedIndexError("a word's vector is not the catalogue's")


def _check_dense(
    version: Path, manifest: dict[str, Any], passages: int, chroma: ChromaServer | None, scratch: Path | None
) -> None:
    place = dense_place(version, manifest, chroma)
    if scratch is not None and isinstance(place, Path) and place.is_dir():
        # Without room for a copy the original is looked into, which changes no answer.
        with suppress(OSError):
            place = copy_dense(place, scratch)
        if not scratch.is_dir():
            sys.exit(_NOBODY_WAITS)
    dense = open_compiled(place) if isinstance(place, Path) else open_dense(place)
    try:
        numbers = sample(passages, _SAMPLES)
        with closing(sqlite3.connect(f"file:{version / CATALOGUE}?mode=ro&immutable=1", uri=True)) as connection:
            blobs = [
                connection.execute("SELECT vector FROM passages WHERE number = ?", (n,)).fetchone()[0] for n in numbers
            ]
        vectors = from_blobs(blobs)
        stored = dense.stored(numbers)
        for number, vector in zip(numbers, vectors, strict=True):
            if number not in stored or not np.allclose(stored[number], vector, atol=1e-3):
                raise DamagedIndexError(f"vector {number} is not stored")
        if manifest.get(DENSE_SEARCH) == EXACT:
            # Nobody searches it.
            return
        missed = 0
        nearest = dense.nearest(vectors, min(_NEIGHBOURS, passages))
        for number, vector, near in zip(numbers, vectors, nearest, strict=True):
            length = float(np.linalg.norm(vector))
            if length == 0 or number in near:
                continue
            # Equal texts share a vector and crowd each other out of the list; that is no damage.
            best = dense.search(vector, 1)
            missed += not best or best[0][1] / max(length, 1e-6) < _SAME
        if missed > len(numbers) // 20:
            raise DamagedIndexError(f"{missed} of {len(numbers)} vectors cannot be found")
    finally:
        dense.close()


def main(version: Path, chroma: ChromaServer | None, scratch: Path | None, *, wait: bool = False) -> int:
    """Check one version; print the damaged part's name."""
    part = "catalogue"
    # Digests and SQLite's own check do not hold Python's lock.
    Thread(target=import_compiled if chroma is None else import_chroma).start()
    if wait and not sys.stdin.readline():
        # Whoever made the version was ended.
        return _NOBODY_WAITS
    try:
        manifest = IndexDirectory(version.parent.parent).manifest(version.name)
        _check_digests(version, manifest, CATALOGUE)
        passages = _check_catalogue(version, manifest)
        part = LEXICAL
        _check_digests(version, manifest, LEXICAL)
        _check_lexical(version, passages)
        part = WORDS
        _check_digests(version, manifest, WORDS)
        _check_words(version)
        part = DENSE
        _check_dense(version, manifest, passages, chroma, scratch)
    except StoreAwayError as error:
        sys.stdout.write(f"{error}\n")
        return _AWAY
    except Exception as error:
        sys.stderr.write(f"{part}: {type(error).__name__}: {error}\n")
        sys.stdout.write(part + "\n")
        return _DAMAGED
    return 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("version", type=Path)
    options.add_argument("--server")
    options.add_argument("--scratch", type=Path)
    options.add_argument("--wait", action="store_true")
    given = options.parse_args()
    server = ChromaServer(given.server, os.environ.get(_TOKEN)) if given.server else None
    sys.exit(main(given.version, server, given.scratch, wait=given.wait))

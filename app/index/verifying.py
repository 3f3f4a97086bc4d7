"""Checks a version in a process of its own, because a damaged Chroma store can end the process that opens it.

Run as ``python -m app.index.verifying DIRECTORY [--server CHROMA_URL] [--scratch FOLDER] [--wait]``, where the dense index is copied
to FOLDER before it is opened, and a line on standard input is waited for; exit status 0 is good, 3 names a damaged derived part on
standard output ("tantivy", "words.npy", "vectors.npy" or "chroma"), 4 says why the Chroma server cannot be asked, anything else means that
the catalogue is damaged or the process was ended.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from app.errors import DamagedIndexError, StoreAwayError
from app.index.compiled import import_compiled
from app.index.dense import import_chroma
from app.index.scratch import Scratch
from app.index.soundness import (
    NobodyWaitsError,
    check_catalogue,
    check_dense,
    check_digests,
    check_lexical,
    check_vectors,
    check_words,
)
from app.index.versions import (
    CATALOGUE,
    DENSE,
    LEXICAL,
    MANIFEST,
    VECTORS,
    WORDS,
    ChromaServer,
    IndexDirectory,
    is_published,
)

# A check takes a second or two; on a machine that is busy with other things it may take far longer, and is no damage.
_CHECK_TIMEOUT_S = 600.0
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
        """Return None where the version is sound, else "catalogue", "tantivy", "words.npy", "vectors.npy" or "chroma".

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
        return named if named in (LEXICAL, WORDS, VECTORS, DENSE, "catalogue") else DENSE if status < 0 else "catalogue"

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
        check_digests(version, manifest, CATALOGUE)
        passages = check_catalogue(version, manifest)
        part = LEXICAL
        check_digests(version, manifest, LEXICAL)
        check_lexical(version, passages)
        part = WORDS
        check_digests(version, manifest, WORDS)
        check_words(version)
        part = VECTORS
        check_digests(version, manifest, VECTORS)
        check_vectors(version, passages)
        part = DENSE
        check_dense(version, manifest, passages, chroma, scratch)
    except NobodyWaitsError:
        return _NOBODY_WAITS
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

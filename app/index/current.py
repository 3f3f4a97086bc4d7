"""Opens the version that is published, or what comes nearest to it."""

import time
from collections.abc import Collection
from pathlib import Path

from app.errors import DamagedIndexError, NoIndexError
from app.index.store import Index
from app.index.versions import ChromaServer, IndexDirectory

_ATTEMPTS = 5
_PAUSE_S = 0.02


def open_current(
    path: Path,
    chroma: ChromaServer | None = None,
    avoid: Collection[str] = (),
    *,
    exact_to: int = 0,
    once: bool = False,
) -> Index:
    """Open the published version of an index directory; a version that is replaced at this very moment is tried again.

    Where it is damaged, the version before it answers, until an ingest has made the damaged one anew; and where there is no
    other, what is left of it. Versions named in ``avoid`` are opened only then. For ``exact_to`` and ``once`` see ``Index.open``.
    """
    versions = IndexDirectory(path, chroma)
    failure: NoIndexError | None = None
    for _ in range(_ATTEMPTS):
        try:
            name = versions.require_current()
            if name in avoid:
                raise DamagedIndexError(f"{versions.directory(name)}: does not answer a probe.")
            return Index.open(versions, name, exact_to=exact_to, once=once)
        except DamagedIndexError as error:
            return _open_another(versions, error, avoid)
        except NoIndexError as error:
            failure = error
            if versions.current() is None:
                raise
            time.sleep(_PAUSE_S)
    assert failure is not None
    return _open_another(versions, failure, avoid)


def _open_another(versions: IndexDirectory, why: DamagedIndexError | NoIndexError, avoid: Collection[str]) -> Index:
    """Open the newest sound version older than the current one, else any; else what is left of one. Raises ``why``."""
    try:
        current = versions.current() or ""
    except DamagedIndexError:
        current = ""
    names = versions.names()[::-1]
    older = [name for name in names if name < current or not current]
    order = [*older, *(name for name in names if name not in older and name != current)]
    whole = [(name, False) for name in order if name not in avoid]
    rest = [(name, True) for name in (current, *order) if name in names]
    for name, stand_in in (*whole, *rest):
        try:
            index = Index.open(versions, name, stand_in=stand_in)
        except (DamagedIndexError, NoIndexError):
            continue
        index.troubles["version"] = DamagedIndexError(str(why), getattr(why, "part", None))
        return index
    raise why

"""Looks into a dense index by Chroma's compiled half alone.

Its Python half takes more than a second to import, which is most of what a check costs that finds a version sound. A Chroma whose
compiled half takes other calls is asked through its client, as everywhere else.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.errors import DamagedIndexError
from app.index.dense import COLLECTION, DenseIndex

_TENANT, _DATABASE = "default_tenant", "default_database"
_OPEN_FILES = 200


def import_compiled() -> None:
    """Import what opening takes, a quarter of a second, for who has something else to do meanwhile."""
    import chromadb_rust_bindings  # noqa: F401


class _Collection:
    """One collection of a store, with those calls of the client's collection that a reader of vectors makes."""

    def __init__(self, bindings: Any, ident: str) -> None:
        self._bindings = bindings
        self._ident = ident

    def get(self, *, ids: list[str], include: list[str]) -> dict[str, Any]:
        found = self._bindings.get(self._ident, ids, None, None, 0, None, include, _TENANT, _DATABASE)
        return {"ids": found.ids, "embeddings": found.embeddings}

    def query(self, *, query_embeddings: Sequence[NDArray[Any]], n_results: int, include: list[str]) -> dict[str, Any]:
        found = self._bindings.query(
            self._ident, None, query_embeddings, n_results, None, None, include, _TENANT, _DATABASE
        )
        return {"ids": found.ids, "distances": found.distances}

    def close(self) -> None:
        self._bindings = None


def open_compiled(directory: Path) -> DenseIndex:
    """Open an index for a look; close it afterwards. Raises DamagedIndexError."""
    store = directory / "chroma.sqlite3"
    if not store.is_file():
        raise DamagedIndexError(f"{directory}: the dense index is missing.")
    try:
        import chromadb_rust_bindings as compiled

        bindings = compiled.Bindings(
            allow_reset=False,
            sqlite_db_config=compiled.SqliteDBConfig(
                hash_type=compiled.MigrationHash.MD5, migration_mode=compiled.MigrationMode.Apply, url=str(store)
            ),
            persist_path=str(directory),
            hnsw_cache_size=_OPEN_FILES,
        )
        found = _Collection(bindings, str(bindings.get_collection(COLLECTION, _TENANT, _DATABASE).id))
    except (ImportError, AttributeError, TypeError):
        return DenseIndex.open(directory)
    except Exception as error:
        raise DamagedIndexError(f"{directory}: the dense index cannot be opened ({error}).") from error
    return DenseIndex(found, found)

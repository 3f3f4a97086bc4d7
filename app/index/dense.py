"""The dense index: vectors in Chroma, cosine distance, inside a version or on a server. The only module that imports chromadb."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.errors import BriefwijzerError, DamagedIndexError, StoreAwayError
from app.index.catalogue import from_blobs
from app.index.places import PREFIX, Dense, Remote
from app.index.versions import ChromaServer

COLLECTION = "passages"
# Small enough that the first of them is built in while the next are still embedded.
_BATCH = _REMOTE_BATCH = 1_000
_PAGE = 100
# After a failed call the server is left alone for a moment, so that questions do not queue up behind its time-outs.
_PAUSE_S = 5.0
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 128, "max_neighbors": 24}}


def import_chroma() -> None:
    """Import what opening takes, 0.7 s, for who has something else to do meanwhile."""
    import chromadb  # noqa: F401


def _client(directory: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(directory), settings=Settings(anonymized_telemetry=False))


def open_dense(place: Path | Remote) -> Dense:
    """Open the vectors of a version for reading. Raises DamagedIndexError; a server that is away is noticed when it is asked."""
    return RemoteDense(place) if isinstance(place, Remote) else DenseIndex.open(place)


def build_dense(place: Path | Remote, rows: Iterable[tuple[int, bytes]], dimensions: int) -> None:
    """Write a new dense index from (passage number, stored vector) rows.

    Raises OSError where the disk is full, StoreAwayError where the server does not answer.
    """
    import chromadb.errors

    if isinstance(place, Remote):
        _build_remote(place, rows, dimensions)
        return
    place.mkdir()
    client: Any = None
    try:
        client = _client(place)
        collection = client.create_collection(
            COLLECTION, configuration=_CONFIGURATION, embedding_function=None, metadata={"dimensions": dimensions}
        )
        for batch in _batches(rows, min(_BATCH, client.get_max_batch_size())):
            collection.add(ids=[str(number) for number, _ in batch], embeddings=from_blobs([blob for _, blob in batch]))
    except chromadb.errors.ChromaError as error:
        raise OSError(f"{place}: Chroma could not write ({error})") from error
    finally:
        if client is not None:
            client.close()


def _batches(rows: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


_Found = TypeVar("_Found")


class _CollectionReader(ABC):
    """Asks one collection; how it is reached, and what a failure means, is the subclass's."""

    @abstractmethod
    def _ask(self, ask: Callable[[Any], _Found]) -> _Found: ...

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return the nearest ``limit`` of (passage number, cosine), nearest first."""
        found = self._ask(lambda c: c.query(query_embeddings=[vector], n_results=limit, include=["distances"]))
        return [
            (int(ident), 1.0 - float(distance))
            for ident, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def nearest(self, vectors: Vectors, limit: int) -> list[list[int]]:
        """Return the numbers of the nearest ``limit`` passages for each row of ``vectors``."""
        found = self._ask(lambda c: c.query(query_embeddings=list(vectors), n_results=limit, include=["distances"]))
        return [[int(ident) for ident in row] for row in found["ids"]]

    def stored(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors that Chroma holds for these passages; what it lost is left out."""
        found = self._ask(lambda c: c.get(ids=[str(number) for number in numbers], include=["embeddings"]))
        return {
            int(ident): np.asarray(vector, dtype=np.float32)
            for ident, vector in zip(found["ids"], found["embeddings"], strict=True)
        }


class DenseIndex(_CollectionReader):
    """Reads one dense index; must be closed, since Chroma keeps files open otherwise."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    def open(cls, directory: Path) -> "DenseIndex":
        """Open an index for reading. Raises DamagedIndexError."""
        if not (directory / "chroma.sqlite3").is_file():
            # Chroma would make an empty store here, and answer every question with nothing.
            raise DamagedIndexError(f"{directory}: the dense index is missing.")
        try:
            client = _client(directory)
        except Exception as error:
            raise DamagedIndexError(f"{directory}: the dense index cannot be opened ({error}).") from error
        try:
            return cls(client, client.get_collection(COLLECTION, embedding_function=None))
        except Exception as error:
            client.close()
            raise DamagedIndexError(f"{directory}: the dense index cannot be opened ({error}).") from error

    def _ask(self, ask: Callable[[Any], _Found]) -> _Found:
        try:
            return ask(self._collection)
        except Exception as error:
            raise DamagedIndexError(f"The dense index cannot be read ({error}).") from error

    def close(self) -> None:
        """Close the client and its files."""
        self._client.close()


class MissingDense(_CollectionReader):
    """Stands where the vectors of a version cannot be opened: whoever asks is told why, and does without."""

    def __init__(self, why: BriefwijzerError) -> None:
        self._why = why

    def _ask(self, ask: Callable[[Any], _Found]) -> _Found:
        raise self._why

    def close(self) -> None:
        """Nothing is open."""


def _connect(server: ChromaServer) -> Any:
    """Return a client of a server. Raises StoreAwayError."""
    import chromadb
    import httpx
    from chromadb.config import Settings

    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    url = server.url.rstrip("/")
    try:
        # Chroma's client waits without end while it is made; so first a call that does not.
        httpx.get(f"{url}/api/v2/heartbeat", headers=headers, timeout=server.timeout_s).raise_for_status()
        client: Any = chromadb.HttpClient(host=url, headers=headers, settings=Settings(anonymized_telemetry=False))
        client._server._session.timeout = httpx.Timeout(server.timeout_s)
    except Exception as error:
        raise StoreAwayError(_away(server, error)) from error
    return client


def _disconnect(client: Any) -> None:
    # Chroma's own close leaves the sockets to the garbage collector: its own and those it looked up the database with.
    client._server._session.close()
    client._admin_client._server._session.close()
    client.close()


def _away(server: ChromaServer, error: Exception) -> str:
    said = str(error).split("\n")[0][:200] or type(error).__name__
    return f"The Chroma server at {server.url} does not answer ({said}). Start it, or mend BRIEFWIJZER_CHROMA_URL."


def _build_remote(place: Remote, rows: Iterable[tuple[int, bytes]], dimensions: int) -> None:
    import chromadb.errors

    client = _connect(place.server)
    try:
        with suppress(chromadb.errors.NotFoundError):
            client.delete_collection(place.collection)
        collection = client.create_collection(
            place.collection,
            configuration=_CONFIGURATION,
            embedding_function=None,
            metadata={"dimensions": dimensions, "index": place.index},
        )
        for batch in _batches(rows, min(_REMOTE_BATCH, client.get_max_batch_size())):
            collection.add(ids=[str(number) for number, _ in batch], embeddings=from_blobs([blob for _, blob in batch]))
    except Exception as error:
        raise StoreAwayError(_away(place.server, error)) from error
    finally:
        _disconnect(client)


class RemoteDense(_CollectionReader):
    """Reads the collection of one version on a server; connects when it is first asked, and again after the server was away."""

    def __init__(self, place: Remote) -> None:
        self._place = place
        self._client: Any = None
        self._collection: Any = None
        self._lock = threading.Lock()
        self._again_at = 0.0
        self._failure: DamagedIndexError | StoreAwayError | None = None

    def _opened(self) -> Any:
        with self._lock:
            if self._collection is None:
                self._client = _connect(self._place.server)
                self._collection = self._client.get_collection(self._place.collection, embedding_function=None)
            return self._collection

    def _ask(self, ask: Callable[[Any], _Found]) -> _Found:
        import chromadb.errors

        failure = self._failure
        if failure is not None and time.monotonic() < self._again_at:
            raise type(failure)(str(failure))
        try:
            found = ask(self._opened())
        except chromadb.errors.NotFoundError as error:
            missing = DamagedIndexError(
                f"The Chroma server at {self._place.server.url} has no collection {self._place.collection}."
            )
            raise self._failed(missing) from error
        except StoreAwayError as error:
            raise self._failed(error) from None
        except Exception as error:
            raise self._failed(StoreAwayError(_away(self._place.server, error))) from error
        self._failure = None
        return found

    def _failed(self, failure: DamagedIndexError | StoreAwayError) -> DamagedIndexError | StoreAwayError:
        self._again_at = time.monotonic() + _PAUSE_S
        self._failure = failure
        self.close()
        return failure

    def close(self) -> None:
        """Let go of the connection; asking again makes a new one."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
        if client is not None:
            _disconnect(client)


def prune_collections(server: ChromaServer, index: str, kept: Iterable[str], grace: timedelta) -> list[str]:
    """Remove the collections of versions that this index no longer has; return their names.

    Other machines may still read a version from a copy of the directory, and a server knows no readers. So a collection is
    first marked as retired, and removed by a call that comes ``grace`` later. Raises StoreAwayError.
    """
    client = _connect(server)
    names = {PREFIX + version for version in kept}
    now = datetime.now(UTC)
    removed = []
    try:
        for collection in _collections(client):
            metadata = collection.metadata or {}
            if not collection.name.startswith(PREFIX) or metadata.get("index") != index:
                continue
            retired = _moment(metadata.get("retired_at"))
            if collection.name in names:
                if retired is not None:
                    collection.modify(metadata={**metadata, "retired_at": ""})
            # A moment in the future was written under another clock.
            elif grace and (retired is None or retired > now):
                collection.modify(metadata={**metadata, "retired_at": now.isoformat(timespec="seconds")})
            elif not grace or (retired is not None and now - retired >= grace):
                client.delete_collection(collection.name)
                removed.append(collection.name)
    except Exception as error:
        raise StoreAwayError(_away(server, error)) from error
    finally:
        _disconnect(client)
    return sorted(removed)


def _collections(client: Any) -> list[Any]:
    found: list[Any] = []
    while page := client.list_collections(limit=_PAGE, offset=len(found)):
        found += page
    return found


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None

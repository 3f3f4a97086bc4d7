"""Keeps the documents that were cited last: a report of 130 pages is not read and taken apart for every answer."""

import threading

from app.index.catalogue import Catalogue
from app.passages import Document

MOST_CODE_POINTS = 4_000_000


class RecentDocuments:
    """Gives whole documents by their row, and remembers the last ones, up to ``most`` code points of text in all."""

    def __init__(self, catalogue: Catalogue, most: int = MOST_CODE_POINTS) -> None:
        self._catalogue = catalogue
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[int, Document] = {}
        self._size = 0

    def document(self, row: int) -> Document:
        """Return the document of a row."""
        with self._lock:
            if (kept := self._kept.pop(row, None)) is not None:
                # Asked for again, so the last to go.
                self._kept[row] = kept
                return kept
        document = self._catalogue.document_at(row)
        with self._lock:
            if row not in self._kept:
                self._kept[row] = document
                self._size += len(document.text)
            while self._size > self._most and len(self._kept) > 1:
                self._size -= len(self._kept.pop(next(iter(self._kept))).text)
        return document

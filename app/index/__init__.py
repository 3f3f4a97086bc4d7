"""One version of the index, opened for reading: the catalogue, and the lexical and the dense index derived from it."""

from app.index.current import open_current
from app.index.store import Index

__all__ = ["Index", "open_current"]

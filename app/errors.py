"""Every error that Briefwijzer raises on purpose.

BriefwijzerError
 ├── CorpusError            the user's corpus or sources.toml is wrong; caught by the command line
 │    └── DocumentError     one source cannot be read; ingest records it as that source's reason and goes on
 ├── SettingsError          a setting is missing or unsafe; stops the start
 ├── ModelError             an embedding model cannot be loaded or does not fit the index
 ├── IndexError_            the index as a whole
 │    ├── NoIndexError      nothing was published yet; the service answers 503
 │    ├── DamagedIndexError a version does not verify; ingest rebuilds it, the previous one answers
 │    ├── StoreAwayError    the Chroma server cannot be reached; lexical search answers, nothing is rebuilt
 │    └── IndexBusyError    somebody else writes; the command line says who
 ├── NotFoundError          a document or revision that does not exist; 404
 └── QuestionError          a question that cannot be taken; 422

The message of each names the offending value and what to do about it.
"""


class BriefwijzerError(Exception):
    """Base of all errors that a user can do something about. Caught by the command line and by the API."""


class CorpusError(BriefwijzerError):
    """The corpus folder or its ``sources.toml`` cannot be used. Nothing was changed."""


class DocumentError(CorpusError):
    """One source of the corpus cannot be read. The other sources go through."""


class SettingsError(BriefwijzerError):
    """A setting is missing, malformed or unsafe."""


class ModelError(BriefwijzerError):
    """An embedding model cannot be loaded, or is not the one that an index was made with."""


class IndexError_(BriefwijzerError):  # noqa: N801, N818 - the builtin has the plain name
    """Base of what can be wrong with an index directory."""


class NoIndexError(IndexError_):
    """No version was published in this directory yet."""


class DamagedIndexError(IndexError_):
    """A version exists, but does not verify. ``part`` names what of it is damaged, where that is known."""

    def __init__(self, message: str, part: str | None = None) -> None:
        super().__init__(message)
        self.part = part


class StoreAwayError(IndexError_):
    """The Chroma server does not answer. What is on it may be sound; retrieval goes on without it."""


class IndexBusyError(IndexError_):
    """Another process holds the writer's lock."""


class NotFoundError(BriefwijzerError):
    """No such document or revision."""


class QuestionError(BriefwijzerError):
    """A question that is empty or too long."""

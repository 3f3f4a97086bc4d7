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
 ├── StateError             the state folder (feedback, question log) cannot be written or read; never fails an answer
 ├── BackupError            a backup cannot be made; nothing is left of it
 ├── NotFoundError          a document or revision that does not exist; 404
 ├── QuestionError          a question that cannot be taken; 422
 └── RefusedError           a request that is turned away before it is looked into
      ├── UnauthorizedError  nobody showed who asks, or what they showed does not hold; 401
      ├── ForbiddenError     known who asks, and it is not theirs to ask, or not from there; 403
      ├── LimitError         too many requests from one key or address; 429, with when to come back
      └── BusyError          the queue is full, or a turn in it did not come in time; 503, with when to come back

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


class StateError(BriefwijzerError):
    """The state folder cannot be written or read: disk full, locked, damaged, no rights. Answers go on without it."""


class BackupError(BriefwijzerError):
    """A backup cannot be made, or not there. Nothing was written over, and nothing is left of it."""


class NotFoundError(BriefwijzerError):
    """No such document or revision."""


class QuestionError(BriefwijzerError):
    """A question that is empty or too long."""


class RefusedError(BriefwijzerError):
    """A request that is turned away. ``headers`` go out with the refusal. Caught by the API and by the access guard."""

    status = 403

    def __init__(self, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class UnauthorizedError(RefusedError):
    """No credentials, or credentials that do not hold."""

    status = 401


class ForbiddenError(RefusedError):
    """Credentials that do not reach this far, or come from elsewhere."""

    status = 403


class LimitError(RefusedError):
    """Too many requests. ``retry_after_s``: seconds until the next one may come."""

    status = 429

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, {"Retry-After": str(retry_after_s)})


class BusyError(RefusedError):
    """No room now. ``retry_after_s``: seconds after which there is likely room."""

    status = 503

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, {"Retry-After": str(retry_after_s)})

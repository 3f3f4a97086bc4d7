"""The one typed settings class. Only the entry points (``main``, ``cli``) read it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict
from pydantic_settings import SettingsError as SettingsSourceError

from app.access.refusals import check_secret
from app.access.settings import AccessSettings
from app.errors import SettingsError

if TYPE_CHECKING:
    from app.index.versions import ChromaServer


class Settings(AccessSettings):
    """Settings by environment variables ``BRIEFWIJZER_*`` or a ``.env`` file in the working directory."""

    model_config = SettingsConfigDict(
        env_prefix="BRIEFWIJZER_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        # Compose files and units can set a variable to nothing, but cannot leave it out.
        env_ignore_empty=True,
    )

    corpus_dir: Path = Field(default=Path("corpus"), description="folder with sources.toml and the files it names")
    index_dir: Path = Field(default=Path("index"), description="folder of the index versions")
    embedding_model: str | None = Field(default=None, description="path of another sentence-transformers model")
    chroma_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s@]+$", description="address of a Chroma server that keeps the vectors"
    )
    chroma_token: SecretStr | None = Field(default=None, description="its bearer token, where it wants one")
    chroma_timeout_s: float = Field(default=5.0, gt=0, le=60, description="longest wait for one call to it")
    fetch_allow_hosts: tuple[str, ...] = Field(
        default=(), description='hosts inside a network that may be fetched from, as JSON: ["intranet.example"]'
    )
    llm: str | None = Field(
        default=None, description="chat model that words the answers, such as openai:name; none by default"
    )
    llm_url: str | None = Field(
        default=None, description="address of an OpenAI-compatible server, such as vLLM or Ollama"
    )
    llm_key: SecretStr | None = Field(default=None, description="its key, where it wants one")
    llm_timeout_s: float = Field(default=30.0, gt=0, le=600, description="longest that a written answer may take")
    llm_retries: int = Field(
        default=1, ge=0, le=10, description="how often a failed call of the chat model is tried again"
    )
    nli: str | None = Field(
        default=None, description="path of a cross-encoder that judges whether a statement follows from its sentences"
    )
    reranker: str | None = Field(default=None, description="path of a cross-encoder that puts found passages in order")
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64, description="processes that serve")
    drain_s: int = Field(default=30, ge=1, le=600, description="longest that requests under way hold up a stop")
    repair: bool = Field(default=True, description="mend an index that is found damaged while it serves")
    check_every_s: int = Field(default=3600, ge=0, description="seconds between checks of the index; 0 for none")
    state_dir: Path | None = Field(
        default=None, description="folder of what the service keeps of its use; state/ in the index folder by default"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="what our own loggers say; at info one line for each request"
    )
    log_questions: bool = Field(default=False, description="keep the questions' texts, for briefwijzer report")
    question_retention_days: int = Field(default=90, ge=1, le=3_650, description="how long they are kept")
    feedback: bool = Field(default=True, description="take feedback on answers")
    feedback_retention_days: int = Field(default=365, ge=1, le=3_650, description="how long it is kept")
    answer_key: SecretStr | None = Field(
        default=None,
        description="signs the ids of answers, the same for all replicas; made by itself else",
    )
    metrics: bool = Field(default=True, description="show /metrics")
    privacy_controller: str | None = Field(
        default=None, max_length=200, description="who answers for the data, as the privacy page names them"
    )
    privacy_contact: str | None = Field(
        default=None, max_length=200, description="where people ask about it: an address, a telephone number"
    )
    privacy_ground: Literal["legitimate_interest", "public_task", "consent"] = Field(
        default="legitimate_interest", description="ground of article 6 AVG/GDPR for what is kept"
    )
    max_question_chars: int = Field(default=2_000, ge=1, le=20_000)
    max_body_bytes: int = Field(default=256 * 1024, ge=1024)
    max_history: int = Field(default=20, ge=0, le=100)

    @model_validator(mode="after")
    def _refuse_a_weak_answer_key(self) -> Self:
        check_secret("BRIEFWIJZER_ANSWER_KEY", self.answer_key.get_secret_value() if self.answer_key else None)
        return self

    @property
    def state_folder(self) -> Path:
        """The folder of what the service keeps of its use."""
        return self.state_dir or self.index_dir / "state"

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the settings; ``given`` (those not None) win over the environment. Raises SettingsError naming the variable."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            message = first["msg"].removeprefix("Value error, ")
            if not first["loc"]:
                # Settings that do not go together; the message names them.
                raise SettingsError(f"{message}.") from None
            field = cls.model_fields.get(str(first["loc"][0]))
            is_secret = field is not None and "Secret" in str(field.annotation)
            name = "BRIEFWIJZER_" + ".".join(str(part) for part in first["loc"]).upper()
            shown = "(hidden)" if is_secret else repr(first["input"])
            raise SettingsError(f"{name} = {shown}: {message}.") from None
        except SettingsSourceError as error:
            raise SettingsError(f'{error}. Lists are written as JSON: ["one", "two"].') from None

    def chroma_server(self) -> "ChromaServer | None":
        """Return the server that keeps the vectors, or None where they are kept in the version."""
        if self.chroma_url is None:
            return None
        from app.index.versions import ChromaServer

        token = self.chroma_token.get_secret_value() if self.chroma_token else None
        return ChromaServer(self.chroma_url, token, self.chroma_timeout_s)

    def environment(self) -> dict[str, str]:
        """Return what was set as environment variables, for a child process that is to have the same settings."""
        found = {}
        for name in self.model_fields_set:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if value is not None:
                text = json.dumps(value) if isinstance(value, bool | tuple) else str(value)
                found[f"BRIEFWIJZER_{name.upper()}"] = text
        return found

    @property
    def keys_dir(self) -> Path:
        """The folder of the keys."""
        return self.access_dir or self.index_dir / "access"

"""The one typed settings class. Only the entry points (``main``, ``cli``) read it."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict
from pydantic_settings import SettingsError as SettingsSourceError

from app.access.settings import AccessSettings
from app.errors import SettingsError


class Settings(AccessSettings):
    """Settings by environment variables ``BRIEFWIJZER_*`` or a ``.env`` file in the working directory."""

    model_config = SettingsConfigDict(
        env_prefix="BRIEFWIJZER_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    corpus_dir: Path = Field(default=Path("corpus"), description="folder with sources.toml and the files it names")
    index_dir: Path = Field(default=Path("index"), description="folder of the index versions")
    embedding_model: str | None = Field(default=None, description="path of another sentence-transformers model")
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
    port: int = Field(default=8000, ge=0, le=65535)
    max_question_chars: int = Field(default=2_000, ge=1, le=20_000)
    max_body_bytes: int = Field(default=256 * 1024, ge=1024)
    max_history: int = Field(default=20, ge=0, le=100)

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

    @property
    def keys_dir(self) -> Path:
        """The folder of the keys."""
        return self.access_dir or self.index_dir / "access"

"""The one typed settings class. Only the entry points (``main``, ``cli``) read it."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import SettingsError


class Settings(BaseSettings):
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
    host: str = Field(default="127.0.0.1", description="address to serve on; loopback, unless in_container")
    hosts: tuple[str, ...] = Field(
        default=(), description='further host names it is asked under, as JSON: ["chat.example"]'
    )
    in_container: bool = Field(
        default=False, description="a container's own network is not the world: any host will do"
    )
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
            name = "BRIEFWIJZER_" + ".".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(f"{name} = {first['input']!r}: {first['msg']}.") from error

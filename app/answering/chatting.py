"""The chat model: named by a setting, called as a LangChain runnable, and never waited for longer than allowed."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

from app.errors import SettingsError

# How soon it is noticed that nobody waits any more.
_LOOK_EVERY_S = 0.2


class ModelTimeoutError(Exception):
    """The chat model took longer than it may. Caught here alone."""


def chain_of(model: Any, name: str) -> Any:
    """Return a LangChain runnable of a prompt and the model; its callbacks and tracing are LangChain's own."""
    from langchain_core.prompts import ChatPromptTemplate

    template = ChatPromptTemplate.from_messages([("system", "{rules}"), ("human", "{material}")])
    return (template | model).with_config(run_name=name, tags=["briefwijzer"])


def within(
    chain: Any, filled: dict[str, str], timeout_s: float, config: Any, given_up: threading.Event
) -> Iterator[str]:
    """Yield the text of a chain's chunks; a stall or a stream longer than ``timeout_s`` ends in ModelTimeoutError, and so does
    a stream that was given up. ``config`` is LangChain's.

    The model runs in a thread of its own, because a blocked read cannot be interrupted; once given up it ends at its next chunk.
    """
    pump = _Pump()
    deadline = time.monotonic() + timeout_s
    threading.Thread(target=pump.run, args=(chain, filled, config), name="chat-model", daemon=True).start()
    try:
        while True:
            if given_up.is_set() or time.monotonic() > deadline:
                raise ModelTimeoutError
            try:
                chunk = pump.chunks.get(timeout=min(_LOOK_EVERY_S, max(0.001, deadline - time.monotonic())))
            except queue.Empty:
                continue
            if chunk is None:
                return
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
    finally:
        pump.given_up.set()


class _Pump:
    """Moves chunks from a model's thread to the one that answers; None is the end, an exception a failure."""

    def __init__(self) -> None:
        self.chunks: queue.Queue[str | Exception | None] = queue.Queue(maxsize=64)
        self.given_up = threading.Event()

    def run(self, chain: Any, filled: dict[str, str], config: Any) -> None:
        """Read the model to its end, or until it was given up."""
        ending: Exception | None = None
        try:
            for chunk in chain.stream(filled, config=config):
                if not self._put(_text_of(chunk)):
                    return
        except Exception as error:
            ending = error
        self._put(ending)

    def _put(self, chunk: str | Exception | None) -> bool:
        while not self.given_up.is_set():
            try:
                self.chunks.put(chunk, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False


def _text_of(chunk: Any) -> str:
    content = getattr(chunk, "content", chunk)
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))


def chat_model(
    name: str, *, url: str | None = None, key: str | None = None, timeout_s: float = 30.0, retries: int = 1
) -> Any:
    """Return LangChain's chat model of a name such as "openai:gpt-…" or "ollama:…"; ``url`` is any OpenAI-compatible server.

    Raises SettingsError where the provider's package is missing or the name is not one.
    """
    given: dict[str, Any] = {"temperature": 0, "timeout": timeout_s, "max_retries": retries}
    if url:
        given["base_url"] = url
        given["api_key"] = key or "none"
        name = name if ":" in name else f"openai:{name}"
    elif key:
        given["api_key"] = key
    try:
        from langchain.chat_models import init_chat_model

        return init_chat_model(name, **given)
    except (ImportError, ValueError, TypeError) as error:
        raise SettingsError(
            f"BRIEFWIJZER_LLM = {name!r}: {error}. Name a provider and a model, such as openai:name, and install its LangChain package."
        ) from error

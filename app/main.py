"""The composition root: settings in, application out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from app import __version__, openai_protocol, web
from app.answering import Answerer, GenerativeAnswerer, chat_model
from app.api import ERROR_HANDLERS, router
from app.boundaries import BodyLimit, SameOrigin, SecurityHeaders
from app.embedding import bundled_model, load_embedder
from app.retrieval import Retriever
from app.service import Service
from app.settings import Settings

_LOOK_EVERY_S = 1.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def create_app(settings: Settings) -> FastAPI:
    """Return the application. Nothing is opened before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        embedder = load_embedder(settings.embedding_model)
        model_dir = Path(settings.embedding_model) if settings.embedding_model else bundled_model()
        service = Service(
            settings.index_dir,
            embedder,
            settings.max_question_chars,
            model_dir,
            generative=generative_answerer(settings),
        )
        app.state.service = service
        await asyncio.to_thread(service.refresh)
        watcher = asyncio.create_task(_watch(service))
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            service.close()

    app = FastAPI(title="Briefwijzer", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.include_router(router)
    app.include_router(openai_protocol.router)
    app.include_router(web.router)
    for kind, handler in ERROR_HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes)
    app.add_middleware(SameOrigin, hosts={*LOOPBACK, settings.host, *settings.hosts})
    app.add_middleware(SecurityHeaders)
    return app


def generative_answerer(settings: Settings) -> Callable[[Answerer, Retriever], GenerativeAnswerer] | None:
    """Return what makes an answerer with the chat model of the settings, or None without one. Raises SettingsError."""
    if settings.llm is None:
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    model = chat_model(settings.llm, url=settings.llm_url, key=key, timeout_s=settings.llm_timeout_s)
    return lambda extractive, retriever: GenerativeAnswerer(extractive, retriever, model, settings.llm_timeout_s)


async def _watch(service: Service) -> None:
    """Look for a new version every second; the look is one small file."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await asyncio.to_thread(service.refresh)


def from_environment() -> FastAPI:
    """Return the application with settings from the environment: ``uvicorn --factory app.main:from_environment``."""
    return create_app(Settings.load())

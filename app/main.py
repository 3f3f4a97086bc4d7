"""The composition root: settings in, application out."""

import asyncio
import gc
import logging
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from app import __version__, feedback, metrics, openai_protocol, privacy, web
from app.access import token_route
from app.access.addresses import ClientAddresses
from app.access.credentials import Credentials
from app.access.describing import describe_access
from app.access.gate import Gate
from app.access.guarding import Guard, Limits
from app.access.keys import KeyStore
from app.access.limits import TokenBuckets
from app.access.links import ViewerLinks
from app.access.oidc import Jwks, JwksFile, JwksUrl, Oidc
from app.access.origins import KnownOrigins
from app.access.refusals import wide_proxies
from app.access.tokens import PageTokens, page_secret
from app.answer_ids import VALID_S
from app.answering import Answerer, GenerativeAnswerer, chat_model
from app.answering.entailing import Entailment
from app.api import ERROR_HANDLERS, on_unknown_error, router
from app.boundaries import BodyLimit, HeadAsGet, QueueLimit, SecurityHeaders, SendLimit
from app.embedding import bundled_model, load_embedder
from app.logs import configure_logging
from app.mending import Mender, watch
from app.observer import Observer
from app.observing import Observed
from app.privacy import Keeping
from app.problems import REFUSALS, documented
from app.questions import Questions
from app.retrieval import Retriever
from app.retrieval.reranking import Reranker
from app.service import Service
from app.settings import Settings

if TYPE_CHECKING:
    from app.tracing import Tracing

# A page loads several public files, and a probe asks often; each costs a small part of a question.
_PUBLIC_MORE = 10
# Pages and documents that are read at a time; each takes a millisecond or so.
_LOOKING_UP = 8
_log = logging.getLogger(__name__)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TRACED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")


def create_app(settings: Settings) -> FastAPI:
    """Return the application. Nothing is opened before it starts."""
    observer = observer_of(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        embedder = load_embedder(settings.embedding_model)
        model_dir = Path(settings.embedding_model) if settings.embedding_model else bundled_model()
        service = Service(
            settings.index_dir,
            embedder,
            settings.max_question_chars,
            model_dir,
            generative=generative_answerer(settings, observer.metrics.dropped),
            chroma=settings.chroma_server(),
            reranker=Reranker(settings.reranker) if settings.reranker else None,
        )
        app.state.service = service
        app.state.questions = questions = gated(service, settings)
        app.state.looking_up = Gate("looking-up", _LOOKING_UP, settings.queue, settings.queue_deadline_s)
        app.state.credentials = credentials = await asyncio.to_thread(opened_credentials, settings)
        await asyncio.to_thread(service.refresh)
        await observer.start(service)
        for gate in (questions.computing, questions.writing, app.state.looking_up):
            if gate is not None:
                observer.metrics.follow(gate.name, partial(getattr, gate, "figures"))
                gate.waited = partial(observer.metrics.waited, gate.name)
        # What is loaded by now stays; the collector need not walk through it again with every few hundred requests.
        gc.collect()
        gc.freeze()
        mender = repairing(settings) if settings.repair else None
        if mender is not None:
            observer.repairing = mender.runs
        watcher = asyncio.create_task(watch(service, mender, settings.check_every_s))
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            if mender is not None:
                mender.close()
            questions.close()
            app.state.looking_up.close()
            await observer.close()
            service.close()
            credentials.close()

    app = FastAPI(
        title="Briefwijzer", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        responses=documented(*REFUSALS),
    )  # fmt: skip
    app.root_path = settings.root_path
    app.state.settings = settings
    if settings.access != "open":
        describe_access(app)
    app.include_router(router)
    app.state.observer = observer
    app.state.keeping = keeping(settings, traced=observer.tracing is not None)
    app.include_router(openai_protocol.router)
    app.include_router(token_route.router)
    app.include_router(web.router)
    app.include_router(privacy.router)
    if settings.feedback:
        app.include_router(feedback.router)
    if settings.metrics:
        app.include_router(metrics.router)
    for kind, handler in ERROR_HANDLERS.items():
        app.add_exception_handler(kind, handler)
    # The last one added is the first that a request passes.
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, within_s=settings.transfer_timeout_s)
    app.add_middleware(QueueLimit, refuse=lambda writes: app.state.questions.refuse_if_full(writes=writes))
    app.add_middleware(
        Guard,
        credentials=lambda: app.state.credentials,
        addresses=ClientAddresses(settings.trusted_proxies),
        limits=limits(settings),
        refuse=partial(web.refused, access=settings.access, link_hours=settings.link_hours),
    )
    app.add_middleware(KnownOrigins, hosts={*LOOPBACK, settings.host, *settings.hosts}, origins=settings.origins)
    app.add_middleware(HeadAsGet)
    # Inside the security headers, which its own responses to faults carry too.
    app.add_middleware(Observed, observer=observer, on_error=on_unknown_error)
    app.add_middleware(SecurityHeaders, origins=settings.origins)
    app.add_middleware(SendLimit, within_s=settings.transfer_timeout_s)
    return app


def gated(service: Service, settings: Settings) -> Questions:
    """Return the gates before the questions."""
    computing = Gate("questions", settings.concurrent_questions, settings.queue, settings.queue_deadline_s)
    if settings.llm is None:
        return Questions(service, computing, None, settings.request_timeout_s)
    writing = Gate("writing", settings.concurrent_llm, 0, settings.queue_deadline_s)
    # A chat model has a time-out of its own, after which there is still to be answered without it.
    return Questions(service, computing, writing, settings.request_timeout_s + settings.llm_timeout_s)


def limits(settings: Settings) -> Limits:
    """Return the buckets of keys and addresses."""
    per_key, per_address = settings.per_minute
    return Limits(
        TokenBuckets(per_key, settings.key_burst) if per_key else None,
        TokenBuckets(per_address, settings.address_burst) if per_address else None,
        TokenBuckets(per_address * _PUBLIC_MORE, settings.address_burst * _PUBLIC_MORE) if per_address else None,
    )


def opened_credentials(settings: Settings) -> Credentials:
    """Return what shows who asks, opened. Raises SettingsError."""
    if wide := wide_proxies(settings.trusted_proxies):
        _log.warning(
            "BRIEFWIJZER_TRUSTED_PROXIES names %s: whoever asks from there is believed to be a proxy and can invent the address "
            "that limits go by. Name the proxies' own addresses.", ", ".join(wide),
        )  # fmt: skip
    if settings.access == "open":
        if settings.in_container:
            _log.warning(
                "Open access in a container: whoever reaches the published port may ask. Publish it on 127.0.0.1 alone, or set "
                "BRIEFWIJZER_ACCESS to keys or oidc."
            )
        return Credentials()
    directory = settings.keys_dir
    keys = KeyStore.open(directory)
    given = settings.token_secret.get_secret_value() if settings.token_secret else None
    secret = page_secret(given, directory)
    tokens, links = PageTokens(secret, keys), ViewerLinks(secret, settings.link_hours * 3_600)
    if settings.access == "keys":
        return Credentials(keys, tokens, links)
    source = settings.oidc_jwks or ""
    jwks = Jwks(JwksUrl(source) if "://" in source else JwksFile(Path(source)))
    oidc = Oidc(settings.oidc_issuer or "", settings.oidc_audience or "", settings.oidc_algorithms, jwks)
    return Credentials(keys, tokens, links, oidc, settings.oidc_header)


def observer_of(settings: Settings) -> Observer:
    """Return what counts, logs, traces and keeps as the settings say. Raises SettingsError for OTEL_* that ask the impossible."""
    return Observer(
        settings.state_folder,
        feedback=settings.feedback,
        answer_key=settings.answer_key.get_secret_value().encode() if settings.answer_key else None,
        log_questions=settings.log_questions,
        question_days=settings.question_retention_days,
        feedback_days=settings.feedback_retention_days,
        shared_metrics=settings.metrics,
        tracing=_tracing(),
    )


def _tracing() -> "Tracing | None":
    if not any(os.environ.get(name) for name in _TRACED_BY):
        return None
    from app.tracing import Tracing

    return Tracing.from_environment(os.environ)


def keeping(settings: Settings, *, traced: bool) -> Keeping:
    """Return what the privacy page has to tell, as the settings have it."""
    return Keeping(
        questions_days=settings.question_retention_days if settings.log_questions else None,
        former_questions_days=settings.question_retention_days,
        feedback_days=settings.feedback_retention_days if settings.feedback else None,
        answer_days=VALID_S // 86_400,
        llm=_llm_host(settings),
        traced=traced,
        metrics=settings.metrics,
        addresses_limited=settings.per_minute[1] > 0,
        keys=settings.access != "open",
        link_hours=settings.link_hours,
        controller=settings.privacy_controller,
        contact=settings.privacy_contact,
        ground=settings.privacy_ground,
    )


def _llm_host(settings: Settings) -> str | None:
    if settings.llm is None:
        return None
    if settings.llm_url:
        return urlsplit(settings.llm_url).hostname or settings.llm_url
    return settings.llm.split(":")[0]


def generative_answerer(
    settings: Settings, dropped: Counter[Any] | None = None
) -> Callable[[Answerer, Retriever], GenerativeAnswerer] | None:
    """Return what makes an answerer with the chat model of the settings, or None without one. Raises SettingsError.

    The answerers of all versions count what they drop into ``dropped``.
    """
    if settings.llm is None:
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    model = chat_model(
        settings.llm, url=settings.llm_url, key=key, timeout_s=settings.llm_timeout_s, retries=settings.llm_retries
    )
    entailment = Entailment(settings.nli) if settings.nli else None

    def make(extractive: Answerer, retriever: Retriever) -> GenerativeAnswerer:
        answerer = GenerativeAnswerer(extractive, retriever, model, settings.llm_timeout_s, entailment=entailment)
        if dropped is not None:
            answerer.dropped = dropped
        return answerer

    return make


def repairing(settings: Settings) -> Mender:
    """Return what has the index of these settings mended."""
    command = [
        sys.executable, "-m", "app.cli", "versions", "repair",
        "--index", str(settings.index_dir), "--corpus", str(settings.corpus_dir),
    ]  # fmt: skip
    return Mender(command, settings.environment())


def from_environment() -> FastAPI:
    """Return the application with settings from the environment: ``uvicorn --factory app.main:from_environment``."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    return create_app(settings)

"""Briefwijzer for LangChain programs: its retrieval as a retriever, and its whole answerer as a runnable.

from app.langchain import BriefwijzerAnswerer, BriefwijzerRetriever

with BriefwijzerRetriever.open("index") as retriever:
    documents = retriever.invoke("Wat zegt VWN over de Terugkeerverordening?")

with BriefwijzerAnswerer.open("index", llm=ChatOpenAI(...)) as answerer:
    answer = answerer.invoke({"question": "en in 2023?", "history": ["Wat was het percentage in 2024?"]})
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForChainRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import patch_config
from pydantic import ConfigDict, PrivateAttr

from app.answering import Answerer, GenerativeAnswerer
from app.answering.extractive import check_question
from app.answers import Answer
from app.embedding import bundled_model, load_embedder
from app.errors import QuestionError
from app.index.versions import ChromaServer
from app.retrieval import Retriever
from app.service import Service

_LONGEST_QUERY = 20_000


class BriefwijzerRetriever(BaseRetriever):
    """Returns passages as LangChain documents, best first.

    ``page_content`` is the passage's text, verbatim; ``metadata`` says whose words it is and where it stands: document_id,
    rev, source_id, record_id, title, publisher, speaker, section, date, url, start, end, score.
    ``k`` is how many; ``speakers`` and ``sources`` (ids) leave out everything else.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    k: int = 10
    speakers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    _service: Service = PrivateAttr()

    @classmethod
    def open(
        cls, index_dir: str | Path, *, model: str | None = None, chroma_url: str | None = None, **fields: Any
    ) -> Self:
        """Open the published version of an index. Raises NoIndexError, ModelError.

        ``chroma_url`` is the Chroma server that keeps its vectors, where one does.
        """
        retriever = cls(**fields)
        model_dir = Path(model) if model else bundled_model()
        chroma = ChromaServer(chroma_url) if chroma_url else None
        retriever._service = Service(
            Path(index_dir), load_embedder(model), _LONGEST_QUERY, model_dir, warm=False, chroma=chroma
        )
        retriever._service.open()
        return retriever

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        check_question(query, _LONGEST_QUERY)
        self._service.refresh()
        with self._service.reading() as reading:
            retriever = reading.retriever
            question = retriever.reader.read(query)
            hits = retriever.search(question, self.k, speakers=self.speakers, sources=self.sources)
            heads, revisions = retriever.heads([hit.document_row for hit in hits])
        found = []
        for hit in hits:
            head, passage = heads[hit.document_row], hit.passage
            metadata = {
                "document_id": head.id, "rev": revisions[hit.document_row], "source_id": head.source_id,
                "record_id": head.record_id, "title": head.title, "publisher": head.publisher,
                "speaker": passage.speaker, "section": passage.section, "date": head.date, "url": head.url,
                "start": passage.start, "end": passage.end, "score": hit.score,
            }  # fmt: skip
            found.append(Document(id=passage.id, page_content=passage.text, metadata=metadata))
        return found

    def close(self) -> None:
        """Let go of the index."""
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


Asked = str | dict[str, Any]
_OPTIONS = frozenset(("history", "language", "speakers", "sources"))


class BriefwijzerAnswerer(Runnable[Asked, dict[str, Any]]):
    """Answers questions as a LangChain runnable: ``invoke``, ``stream``, ``batch`` and their asynchronous forms.

    The input is a question, or {"question": …} with history (earlier questions), language, speakers and sources as over HTTP;
    the output is the answer object of HTTP. ``stream`` yields {"statement", "citations"} for each statement as soon as it
    holds, and last {"answer": …}. Callbacks, tags and metadata of the config go to the model's calls too.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @classmethod
    def open(cls, index_dir: str | Path, *, llm: Any = None, model: str | None = None, timeout_s: float = 30.0) -> Self:
        """Open the published version of an index. ``llm`` is a chat model, or any runnable of one (``with_fallbacks``).

        Raises NoIndexError, ModelError.
        """

        def generative(extractive: Answerer, retriever: Retriever) -> GenerativeAnswerer:
            return GenerativeAnswerer(extractive, retriever, llm, timeout_s)

        model_dir = Path(model) if model else bundled_model()
        service = Service(
            Path(index_dir), load_embedder(model), _LONGEST_QUERY, model_dir, warm=False,
            generative=None if llm is None else generative,
        )  # fmt: skip
        service.open()
        return cls(service)

    def invoke(self, input: Asked, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:  # noqa: A002
        """Return the answer to one question. Raises QuestionError."""
        return self._call_with_config(self._answer, input, config, run_type="chain")

    def stream(
        self,
        input: Asked,  # noqa: A002
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield each statement as soon as it holds, and last the answer. Raises QuestionError."""
        yield from self._transform_stream_with_config(iter((input,)), self._pieces, config, run_type="chain")

    def _answer(self, asked: Asked, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> dict[str, Any]:
        for piece in self._pieces(iter((asked,)), run_manager, config):
            if "answer" in piece:
                whole: dict[str, Any] = piece["answer"]
                return whole
        raise AssertionError("a stream ends with the answer")

    def _pieces(
        self, asked: Iterator[Asked], run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[dict[str, Any]]:
        question, options = _question(next(asked))
        below = patch_config(config, callbacks=run_manager.get_child())
        below.pop("run_name", None)
        self._service.refresh()
        with self._service.reading() as reading:
            if reading.generative is None:
                yield {"answer": asdict(reading.answerer.ask(question, **options))}
                return
            for made in reading.generative.stream(question, **options, config=below):
                if isinstance(made, Answer):
                    yield {"answer": asdict(made)}
                else:
                    yield {"statement": asdict(made.statement), "citations": [asdict(c) for c in made.citations]}

    def close(self) -> None:
        """Let go of the index."""
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _question(asked: Asked) -> tuple[str, dict[str, Any]]:
    if isinstance(asked, str):
        return asked, {}
    question, rest = asked.get("question"), {name: value for name, value in asked.items() if name != "question"}
    if not isinstance(question, str):
        raise QuestionError(f"The input {str(asked)[:100]!r} has no 'question' that is a text.")
    if unknown := sorted(rest.keys() - _OPTIONS):
        raise QuestionError(f"Unknown input {unknown[0]!r}. Known: question, {', '.join(sorted(_OPTIONS))}.")
    return question, rest

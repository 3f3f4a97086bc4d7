"""Briefwijzer's retrieval as a LangChain retriever, for programs that bring their own chain.

from app.langchain import BriefwijzerRetriever

with BriefwijzerRetriever.open("index") as retriever:
    documents = retriever.invoke("Wat zegt VWN over de Terugkeerverordening?")
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, PrivateAttr

from app.answering.extractive import check_question
from app.embedding import bundled_model, load_embedder
from app.index.versions import ChromaServer
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

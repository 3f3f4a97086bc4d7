import json

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from app.answering import chat_model
from app.errors import QuestionError
from app.index import open_current
from app.langchain import BriefwijzerAnswerer, BriefwijzerRetriever
from tests.chat_server import chat_server


def test_a_chain_gets_verbatim_passages_with_their_speaker(letter_index):
    with BriefwijzerRetriever.open(letter_index, k=3) as retriever:
        assert isinstance(retriever, BaseRetriever)
        chain = retriever | RunnableLambda(lambda documents: documents[0])
        best = chain.invoke("Wat zegt VWN over de Terugkeerverordening?")
        assert len(retriever.invoke("Spreidingswet")) == 3
    index = open_current(letter_index)
    document = index.catalogue.document(best.metadata["document_id"], best.metadata["rev"])
    index.close()
    assert best.page_content == document.text[best.metadata["start"] : best.metadata["end"]]
    assert best.metadata["speaker"] == "vwn"
    assert "Terugkeerverordening" in best.page_content


def test_speakers_leave_out_everybody_else(letter_index):
    with BriefwijzerRetriever.open(letter_index, speakers=("tussenverslag",)) as retriever:
        found = retriever.invoke("gesloten opvang voor asielzoekers")
    assert found
    assert {document.metadata["speaker"] for document in found} == {"tussenverslag"}


QUESTION = "Wat zegt VWN over de Terugkeerverordening?"
SAID = (
    "Volgens VluchtelingenWerk is een van de aspecten van de nieuwe Terugkeerverordening de inzet op zelfstandige, en daarmee veel "
    "goedkopere en duurzame terugkeer dan gedwongen terugkeer vanuit bewaring."
)


def script(_messages):
    yield json.dumps({"statement": SAID, "sentences": [1]}, ensure_ascii=False) + "\n"


@pytest.fixture(scope="module")
def answerer(letter_index):
    with BriefwijzerAnswerer.open(letter_index) as opened:
        yield opened


@pytest.fixture(scope="module")
def writing(letter_index):
    with chat_server(script) as server:
        model = chat_model("openai:test", url=server.url, retries=0)
        with BriefwijzerAnswerer.open(letter_index, llm=model) as opened:
            yield opened


class Tracer(BaseCallbackHandler):
    def __init__(self):
        self.started, self.ended = [], []

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, tags=None, name=None, **_):
        self.started.append((name, run_id, parent_run_id, tuple(tags or ())))

    def on_chain_end(self, outputs, *, run_id, **_):
        self.ended.append(run_id)


def test_the_answerer_is_a_runnable(answerer):
    chain = answerer | RunnableLambda(lambda answer: (answer["status"], answer["citations"][0]["quote"]))
    status, quote = chain.invoke(QUESTION)
    assert status == "answered"
    assert "zelfstandige" in quote
    assert [a["status"] for a in answerer.batch([QUESTION, "Wat vindt VWN van kernenergie?"])] == [
        "answered",
        "not_found",
    ]


def test_the_answerer_takes_what_http_takes(answerer):
    before = "Wat was het erkenningspercentage in Bulgarije in 2024?"
    answer = answerer.invoke({"question": "en in 2023?", "history": [before], "language": "en"})
    assert "in 2023 0% bedroeg" in answer["answer"]
    assert answer["language"] == "en"


@pytest.mark.parametrize("asked", ["", {}, {"question": 1}, {"question": QUESTION, "limit": 3}])
def test_what_is_no_question_is_refused(answerer, asked):
    with pytest.raises(QuestionError):
        answerer.invoke(asked)


def test_a_stream_gives_the_statements_and_last_the_answer(writing):
    *said, last = writing.stream(QUESTION)
    assert [piece["statement"]["text"] for piece in said] == [SAID]
    assert last["answer"]["mode"] == "llm"
    assert last["answer"]["statements"][0]["text"] == SAID


def test_the_models_runs_stand_under_the_answerers_run(writing):
    tracer = Tracer()
    config = {"callbacks": [tracer], "run_name": "vraag", "tags": ["mine"]}
    assert writing.invoke(QUESTION, config)["mode"] == "llm"
    runs = {name: (run, parent, tags) for name, run, parent, tags in tracer.started}
    assert runs["briefwijzer_answer"][1] == runs["vraag"][0]
    assert runs["vraag"][1] is None
    assert "mine" in runs["briefwijzer_answer"][2]
    assert {run for run, *_ in runs.values()} == set(tracer.ended)


async def _asynchronously(runnable):
    return [piece async for piece in runnable.astream(QUESTION)], await runnable.ainvoke(QUESTION)


def test_the_asynchronous_forms_answer_too(writing):
    import asyncio

    streamed, whole = asyncio.run(_asynchronously(writing))
    assert whole["mode"] == "llm"
    assert streamed

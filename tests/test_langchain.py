from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from app.index import open_current
from app.langchain import BriefwijzerRetriever


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

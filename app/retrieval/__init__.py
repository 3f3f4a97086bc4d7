"""From a question to ranked passages and, within them, ranked sentences."""

from app.retrieval.question import Concept, Question, QuestionReader
from app.retrieval.retriever import EmbeddedQuestion, Hit, RankedSentence, Retriever
from app.retrieval.weights import RetrievalWeights

__all__ = [
    "Concept", "EmbeddedQuestion", "Hit", "Question", "QuestionReader", "RankedSentence", "RetrievalWeights", "Retriever",
]  # fmt: skip

"""From a question to ranked passages and, within them, ranked sentences."""

from app.retrieval.question import Concept, Question, QuestionReader
from app.retrieval.retriever import FusionWeights, Hit, RankedSentence, Retriever

__all__ = ["Concept", "FusionWeights", "Hit", "Question", "QuestionReader", "RankedSentence", "Retriever"]

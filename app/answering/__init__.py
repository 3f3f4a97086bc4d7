"""From ranked evidence to a verified answer."""

from app.answering.extractive import Answerer
from app.answering.generative import GenerativeAnswerer, Said, chat_model

__all__ = ["Answerer", "GenerativeAnswerer", "Said", "chat_model"]

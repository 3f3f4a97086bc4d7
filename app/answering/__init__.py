"""From ranked evidence to a verified answer."""

from app.answering.chatting import chat_model
from app.answering.extractive import Answerer
from app.answering.generative import GenerativeAnswerer, Said

__all__ = ["Answerer", "GenerativeAnswerer", "Said", "chat_model"]

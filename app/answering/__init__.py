"""From ranked evidence to a verified answer."""

from app.answering.extractive import Answerer

__all__ = ["Answerer"]

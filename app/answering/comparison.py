"""Comparisons: "Vergelijk wat VWN en de Raad van State zeggen over het tweestatusstelsel"."""

import re

from app.retrieval import Question

_COMPARING = re.compile(
    r"\b(?:vergelijk\w*|verschil\w*|verschill\w*|overeenkomst\w*|versus|vs|tegenover|zowel|(?:het )?(?:eens|oneens) met"
    r"|compar\w+|differ\w*|contrast\w*|agree\w*|disagree\w*)\b",
    re.IGNORECASE,
)


def compared_speakers(question: Question) -> tuple[str, ...]:
    """Return the speakers that a question sets side by side, or () where it compares nobody."""
    if len(question.mentioned) < 2 or not _COMPARING.search(question.text):
        return ()
    return question.mentioned

"""Comparisons: "Vergelijk wat VWN en de Raad van State zeggen over het tweestatusstelsel"."""

import re

from app import analysis
from app.retrieval import Question

_COMPARING = re.compile(
    r"\b(?:vergelijk\w*|verschil\w*|verschill\w*|overeenkomst\w*|versus|vs|tegenover|zowel|het (?:on)?eens|oneens|allebei|beiden?|both"
    r"|compar\w+|differ\w*|contrast\w*|agree\w*|disagree\w*)\b",
    re.IGNORECASE,
)


# A name beside that of a speaker: "VWN en de PVV".
_BESIDE = (
    r"\s+(?:en|and|met|with|tegenover|versus|vs|van|of)\s+(?:(?:die|dat)\s+van\s+|that\s+of\s+)?(?:(?:de|het|the)\s+)?"
)


def compared_speakers(question: Question) -> tuple[str, ...]:
    """Return the speakers that a question sets side by side, or () where it compares nobody.

    One alone where the other is somebody whom no source knows.
    """
    if not _COMPARING.search(question.text):
        return ()
    return question.mentioned if len(question.mentioned) > 1 or strangers(question) else ()


def strangers(question: Question) -> tuple[str, ...]:
    """Return the names that a question sets beside that of a speaker, and that no source knows, as they are typed."""
    if not question.mentioned:
        return ()
    unknown = {concept.surface for concept in question.concepts if concept.kind == "name" and not concept.known}
    names = (rf"(?P<{group}>[^\W_][\w’'-]*(?:\s+[A-Z][\w’'-]*)*)" for group in ("one", "other"))
    pairs = re.finditer(_BESIDE.join(names), question.text)
    found = [name for pair in pairs for name in pair.group("one", "other")]
    return tuple(dict.fromkeys(name for name in found if unknown.intersection(analysis.words(name))))

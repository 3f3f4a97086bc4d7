"""Comparisons: "Vergelijk wat VWN en de Raad van State zeggen over het tweestatusstelsel"."""

import re

from app import analysis
from app.retrieval import Question

_COMPARING = re.compile(
    r"\b(?:vergelijk\w*|verschil\w*|verschill\w*|overeenkomst\w*|versus|vs|tegenover|zowel|het (?:on)?eens|oneens|allebei|beiden?|both"
    r"|compar\w+|differ\w*|contrast\w*|agree\w*|disagree\w*)\b",
    re.IGNORECASE,
)


# What stands between two names that are set side by side: "VWN en de PVV", "dat van VWN met dat van de PVV".
_JOINING = frozenset("en and met with tegenover versus vs van of".split())
_SKIPPED = frozenset("de het the die dat van that of".split())
_WORD = re.compile(r"(?<![\w’'-])[^\W_][\w’'-]*")


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
    words = _WORD.findall(question.text)
    found = []
    for place, word in enumerate(words):
        if word.casefold() not in _JOINING:
            continue
        after = place + 1
        while after < len(words) and words[after].casefold() in _SKIPPED:
            after += 1
        end = after + 1
        while end < len(words) and words[end][0].isupper():
            end += 1
        found += [*words[place - 1 : place], " ".join(words[after:end])]
    return tuple(dict.fromkeys(name for name in found if unknown.intersection(analysis.words(name))))

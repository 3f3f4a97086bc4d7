"""Follow-up questions: "en in 2023?", "en wat zegt de Raad van State daarover?", "waarom?".

A follow-up is read together with the question before it: the topic carries over, and so does the speaker, unless the
follow-up names another. The server keeps nothing; the caller sends the earlier turns along.
"""

import re
from collections.abc import Sequence

from app import analysis
from app.retrieval import Concept, Question, QuestionReader

# Words that point back at what was asked before.
_POINTING = re.compile(
    r"\b(?:daarover|hierover|daarvan|hiervan|daarmee|hiermee|daarvoor|daartegen|daarop|daarbij|daarin|erover|ervan|ermee"
    r"|hetzelfde|diezelfde|about (?:it|that|this|them)|of (?:that|this)|on (?:that|this)|the same)\b",
    re.IGNORECASE,
)
# Words that may point back, and do where the question has no topic of its own.
_MAYBE_POINTING = re.compile(
    r"\b(?:dat|dit|die|deze|het|zij|ze|hij|that|this|it|they|them|these|those)\b", re.IGNORECASE
)
_CONTINUING = re.compile(r"^\s*(?:en|maar|and|but|what about|how about|en hoe zit het met)\b", re.IGNORECASE)
# "En over nareis?" changes the topic; only the speaker carries over.
_NEW_TOPIC = re.compile(r"^\s*(?:en|and|what|how)\b[^?]{0,20}\b(?:over|about|met)\b", re.IGNORECASE)
_SHORT = 6
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MOST_TURNS = 6


def standalone(question: str, history: Sequence[str], reader: QuestionReader) -> str:
    """Return the question as it reads on its own, given the earlier questions, oldest first."""
    resolved = ""
    for earlier in history[-_MOST_TURNS:]:
        resolved = _joined(earlier, resolved, reader)
    return _joined(question, resolved, reader)


def _joined(question: str, before: str, reader: QuestionReader) -> str:
    if not before or not _follows_up(question, reader):
        return question
    read, earlier = reader.read(question), reader.read(before)
    held = {concept.surface for concept in read.concepts}
    carried = [
        word
        for word in _words_in_order(before, {concept.surface for concept in earlier.concepts})
        if word.casefold() not in held and not (_YEAR.search(question) and _YEAR.fullmatch(word))
    ]
    if _NEW_TOPIC.match(question) and not _POINTING.search(question) and _topical(read):
        carried = []
    speakers = {speaker.id: speaker.name for speaker in reader.speakers}
    topic = " ".join(carried)
    whose = ""
    if not read.mentioned and earlier.asked:
        volgens = "according to" if read.language == "en" else "volgens"
        whose = f" {volgens} " + " en ".join(speakers[name] for name in earlier.asked)
    stem = question.strip().rstrip("?!. ")
    return f"{stem}{whose}: {topic}?" if topic else f"{stem}{whose}?"


def _follows_up(question: str, reader: QuestionReader) -> bool:
    if _POINTING.search(question):
        return True
    read = reader.read(question)
    topical = _topical(read)
    if topical and read.asked:
        return False
    if not topical and len(analysis.words(question)) <= _SHORT:
        return True
    if not topical and _MAYBE_POINTING.search(question):
        return True
    return bool(_CONTINUING.match(question)) and len(analysis.words(question)) <= _SHORT


def _topical(question: Question) -> list[Concept]:
    return [concept for concept in question.concepts if concept.kind != "number" and concept.known]


def _words_in_order(text: str, surfaces: set[str]) -> list[str]:
    found = []
    for word in re.findall(r"[^\W_][\w%'’-]*", text):
        folded = analysis.words(word)
        if folded and folded[0] in surfaces and word not in found:
            found.append(word)
    return found

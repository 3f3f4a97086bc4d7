"""Follow-up questions: "en in 2023?", "en wat zegt de Raad van State daarover?", "waarom?".

A follow-up is read together with the question before it: the topic carries over, and so does the speaker, unless the
follow-up names another. A question that names a topic of its own, known to the sources or not, stands for itself. The server
keeps nothing; the caller sends the earlier turns along.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app import analysis
from app.answering.dependence import own_topic, refers
from app.retrieval import Concept, Question, QuestionReader

Wants = Literal["reason", "explanation"]

# Words that point back at what was asked before.
_POINTING = re.compile(
    r"\b(?:daarover|hierover|daarvan|hiervan|daarmee|hiermee|daarvoor|daartegen|daarop|daarbij|daarin|erover|ervan|ermee"
    r"|hetzelfde|diezelfde|about (?:it|that|this|them)|of (?:that|this)|on (?:that|this)|the same)\b",
    re.IGNORECASE,
)
_OPENING = r"(?:en|maar|and|but|what about|how about|(?:en |and )?(?:hoe zit het met|volgens|according to))"
_CONTINUING = re.compile(rf"^\W*{_OPENING}\b", re.IGNORECASE)
# "En het tussenverslag?": a speaker and nothing else.
_OPENERS = frozenset("en maar and but what how about hoe zit het met volgens according to de the dan then".split())
_ARTICLES = frozenset({"de", "het", "the"})
_WORD = re.compile(r"(?<![\w.’'-])[^\W_][\w.’'-]*")
# "En over nareis?" changes the topic; only the speaker carries over.
_NEW_TOPIC = re.compile(
    r"^\W*(?:(?:en|and|what|how)\b[^?]{0,20}\b(?:over|about|met)|(?:en|and) (?:van|of))\b", re.IGNORECASE
)
_DOCUMENT = re.compile(r"\b(?:brief|letter|document|stuk|bronnen|sources)\b", re.IGNORECASE)
_WHY = re.compile(
    r"\b(?:waarom|hoezo|waardoor|hoe (?:komt|kan) (?:dat|dit|het)|(?:wat|wat is) (?:is )?(?:daarvan )?de (?:reden|oorzaak)"
    r"|why|how come|what is the (?:reason|cause))\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"\b(?:leg\b.{0,20}\buit|uitleggen|uitleg|toelicht\w*|verduidelijk\w*|(?:wat )?bedoel\w*|explain|clarify|elaborate)\b"
    r"|\bmeer\b.{0,20}\b(?:vertellen|over)\b|\btell me more\b|\bwhat do you mean\b",
    re.IGNORECASE,
)
_SHORT = 6
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MOST_TURNS = 6


@dataclass(frozen=True, slots=True)
class Turn:
    """A question in its conversation.

    ``text`` is how it reads on its own. ``wants`` says that it asks for nothing but the reason or an explanation of what was
    answered to ``earlier``, the question before it, as that reads on its own. ``own`` are the folded words of its own topic, where
    it goes on about an earlier one: "en voor kinderen?" ``carried`` are those of the topic it takes along.
    """

    text: str
    earlier: str = ""
    wants: Wants | None = None
    own: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()


def turn(question: str, history: Sequence[str], reader: QuestionReader) -> Turn:
    """Return the question in its conversation, given the earlier questions, oldest first."""
    resolved = ""
    for earlier in history[-_MOST_TURNS:]:
        found = _turn(earlier, resolved, reader)
        # Whoever asked why goes on about what they asked that of.
        resolved = resolved if found.wants else found.text
    return _turn(question, resolved, reader)


def _turn(question: str, before: str, reader: QuestionReader) -> Turn:
    if not before:
        return Turn(question)
    read = reader.read(question)
    own = own_topic(read, reader.speakers)
    if not _follows_up(read, own):
        return Turn(question)
    earlier = reader.read(before)
    if (name := _bare_speaker(question, reader)) is not None:
        topic = _carried(read, earlier)
        return Turn(_put_to(name, read.language, topic), carried=_folded(topic))
    text, topic = _joined(read, own, earlier, reader)
    if own:
        return Turn(text, own=tuple(concept.surface for concept in own), carried=_folded(topic))
    owners = {speaker.id for speaker in reader.speakers if speaker.owner}
    if set(read.mentioned) - set(earlier.mentioned) - owners:
        return Turn(text, carried=_folded(topic))
    wants: Wants | None = "reason" if _WHY.search(question) else "explanation" if _EXPLAIN.search(question) else None
    return Turn(text, before if wants else "", wants, carried=_folded(topic))


def _folded(topic: Sequence[str]) -> tuple[str, ...]:
    return tuple(folded for word in topic for folded in analysis.words(word))


def _joined(read: Question, own: Sequence[Concept], earlier: Question, reader: QuestionReader) -> tuple[str, list[str]]:
    """Return the question with what it takes along, and the words of the topic among that."""
    question = read.text
    carried = _carried(read, earlier)
    pointing = bool(_POINTING.search(question))
    named_anew = _NEW_TOPIC.match(question) and (own or read.mentioned)
    # What no source knows is a topic of its own; whoever no source knows may be asked on the topic that there is.
    stranger = any(not concept.known and concept.kind == "word" for concept in own)
    if (named_anew or stranger) and not pointing:
        carried = []
    speakers = {speaker.id: speaker.name for speaker in reader.speakers}
    whose = ""
    other = any(concept.kind == "name" and not concept.known for concept in own)
    if earlier.asked and not other and (not read.mentioned or (named_anew and not read.asked)):
        volgens = "according to" if read.language == "en" else "volgens"
        whose = f" {volgens} " + " en ".join(speakers[name] for name in earlier.asked)
    stem = question.strip().rstrip("?!. ")
    topic = " ".join(carried)
    return (f"{stem}{whose}: {topic}?" if topic else f"{stem}{whose}?"), carried


def _carried(read: Question, earlier: Question) -> list[str]:
    """Return the words of the earlier question that say what it was about, other than those the question has itself."""
    held = {concept.surface for concept in read.concepts}
    return [
        word
        for word in _words_in_order(earlier.text, {concept.surface for concept in earlier.concepts})
        if word.casefold() not in held and not (_YEAR.search(read.text) and _YEAR.fullmatch(word))
    ]


def _follows_up(read: Question, own: Sequence[Concept]) -> bool:
    question = read.text
    if _POINTING.search(question):
        return True
    continuing = bool(_CONTINUING.match(question))
    if not own:
        return continuing or refers(question) or not _DOCUMENT.search(question)
    if read.asked:
        return False
    if refers(question) and all(concept.known for concept in own):
        return True
    return continuing and len(analysis.words(question)) <= _SHORT


def _bare_speaker(question: str, reader: QuestionReader) -> str | None:
    """Return the name of a speaker, as it was typed, where a follow-up holds nothing else."""
    if not _CONTINUING.match(question):
        return None
    words = [word.rstrip(".’'-") for word in _WORD.findall(question)]
    first = next((place for place, word in enumerate(words) if word.casefold() not in _OPENERS), len(words))
    last = len(words) - (words[-1].casefold() in ("dan", "then"))
    typed = " ".join(words[first:last])
    names = {name.casefold() for s in reader.speakers for name in s.called}
    if typed.casefold() not in names:
        return None
    article = words[first - 1] if words[first - 1].casefold() in _ARTICLES else ""
    return f"{article} {typed}".strip()


def _put_to(name: str, language: str, topic: Sequence[str]) -> str:
    about = " ".join(topic)
    if language == "en":
        return f"What does {name} say about {about}?" if about else f"What does {name} say?"
    return f"Wat zegt {name} over {about}?" if about else f"Wat zegt {name}?"


def _words_in_order(text: str, surfaces: set[str]) -> list[str]:
    found = []
    for word in re.findall(r"[^\W_][\w%'’-]*", text):
        folded = analysis.words(word)
        if folded and folded[0] in surfaces and word not in found:
            found.append(word)
    return found

"""The facts that questions ask for (a time, a quantity, a name), and the sentences that hold one."""

import re
from functools import lru_cache

from app import analysis
from app.passages import Sentence
from app.retrieval.question import Concept, Question

_VAGUELY = 0.3
_MONTH = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
# These three look at sentences in lower case: a pattern that has to mind capitals takes three times as long.
_TIME = re.compile(rf"\b(?:{_MONTH}|(?:19|20)\d\d|(?:maan|dins|woens|donder|vrij|zater|zon)dag)\b")
# A number that is no year and no day of the month, or a word for one.
_QUANTITY = re.compile(
    rf"\b(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*\b(?!\s*(?:{_MONTH})\b)|\b(?:twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig"
    r"|veertig|vijftig|zestig|zeventig|tachtig|negentig|honderd\w*|duizend\w*|miljoen|miljard|procent|helft|derde|kwart|meerderheid|niemand"
    r"|dagelijks|wekelijks|maandelijks|jaarlijks)\b"
)
# A number in words alone ("een kleine groep", "geen enkele"): worth showing, but no count.
_VAGUE = re.compile(r"\b(?:geen enkel|aantal|groep|enkele|veel|weinig|minder|meer|lang|kort|groot|klein)\w{0,3}\b")
# The name of a person or an organisation: two words with a capital, or one that no sentence begins with.
# From the start of a word alone, so that a long run of capitals is not tried from each of them.
_NAMED_ONE = re.compile(r"(?<!\w)(?<!\w['’.-])(?:[A-Z][\w'’.-]+\s+){1,3}[A-Z][\w'’-]+|(?<=[a-z,;:]\s)[A-Z][\w'’-]+")

_FULL_NAME = re.compile(
    r"\b[A-Z][a-zà-ÿ]+(?:\s(?:van|de|der|den|ten|ter))*\s[A-Z][a-zà-ÿ]+\b|\b(?:[A-Z]\.)+\s?(?:van |de |der )*[A-Z]"
)
_WHICH = re.compile(r"\b(?:welke?|which|what)\s+(\w+(?:\s+states?)?)", re.IGNORECASE)
_WHO_HOLDS = re.compile(
    r"^\W*(?:[Ee]n\s+)?(?:[Ww]ie (?:is|was|wordt)|[Ww]ho (?:is|was))\s+(?:nu\s+)?(?:de|het|een|the|an?)\s+([a-zà-ÿ-]+)"
)
_WHO_IS = re.compile(r"^\W*(?:en\s+)?(?:wie (?:is|was|wordt)|who (?:is|was))\b", re.IGNORECASE)
# What is asked for of a thing, and is not the thing.
_MEASURES = frozenset(
    "kost kosten kostte kostten duur hoog hoge hoogte groot grote grootte lang lange lengte vaak cost costs price".split()
)


FACTS = frozenset({"time", "quantity", "person"})
"""What a question can want of which a sentence can be seen to hold one."""


def holds_fact(question: Question, sentence: Sentence) -> float:
    """Return 1 where a sentence holds the kind of fact that is asked for (a time, a quantity, somebody's name), else 0.

    A vague quantity ("een kleine groep") counts a third.
    """
    if question.wanted == "time":
        return _tells_time(sentence.text)
    if question.wanted == "quantity":
        return _tells_quantity(sentence.text)
    if question.wanted == "person":
        return _names_somebody(sentence.text, fully=bool(_WHO_IS.match(question.text)))
    return 0.0


# Of the sentences that questions are about: a pattern is slower to search than its finding to look up.
@lru_cache(maxsize=2_000)
def _tells_time(text: str) -> float:
    return float(bool(_TIME.search(text.lower())))


@lru_cache(maxsize=2_000)
def _tells_quantity(text: str) -> float:
    lower = text.lower()
    return 1.0 if _QUANTITY.search(lower) else _VAGUELY * bool(_VAGUE.search(lower))


@lru_cache(maxsize=2_000)
def _names_somebody(text: str, *, fully: bool) -> float:
    return float(bool((_FULL_NAME if fully else _NAMED_ONE).search(text)))


def wants_fact(question: Question) -> bool:
    """Return whether a question is answered by a time, a quantity, or the name of whoever holds a post, and by nothing else.

    "Welke rechtbank besliste dat?" wants a name, or at least a court. "Wie is de informateur?" wants a name; "Wie is Frank Candel?"
    and "Wie helpt asielzoekers?" are answered by more than that.
    """
    if question.wanted == "person":
        if kind_asked(question) is not None or post_asked(question) is not None:
            return True
        return bool(_WHO_IS.match(question.text)) and not any(concept.kind == "name" for concept in question.concepts)
    return question.wanted in ("time", "quantity")


def is_measure(question: Question, concept: Concept) -> bool:
    """Whether a concept is no more than what is asked for of a thing: "Wat kost een brood?" is about bread."""
    return question.wanted == "quantity" and concept.kind == "word" and concept.surface in _MEASURES


def kind_asked(question: Question) -> Concept | None:
    """Return the concept of which one is asked for by name: the court in "Welke rechtbank …?"."""
    found = _WHICH.search(question.text) if question.wanted == "person" else None
    if found is None:
        return None
    named = set(analysis.words(found.group(1)))
    return next((concept for concept in question.concepts if concept.surface in named), None)


def post_asked(question: Question) -> Concept | None:
    """Return the concept of the post whose holder is asked for: the minister in "Wie is de minister van Asiel?"."""
    found = _WHO_HOLDS.match(question.text) if question.wanted == "person" else None
    if found is None:
        return None
    named = set(analysis.words(found.group(1)))
    return next((concept for concept in question.concepts if concept.surface in named), None)


def asks(sentence: Sentence) -> float:
    """Return 1 for a sentence that is itself a question: what somebody wanted to know is nobody's answer."""
    return float(sentence.text.rstrip(' "”’»)').endswith("?"))

"""The facts that questions ask for (a time, a quantity, a name), and the sentences that hold one."""

import re

from app.passages import Sentence
from app.retrieval.question import Question

_VAGUELY = 0.3
_MONTH = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
_TIME = re.compile(rf"\b(?:{_MONTH}|(?:19|20)\d\d|(?:maan|dins|woens|donder|vrij|zater|zon)dag)\b", re.IGNORECASE)
# A number that is no year and no day of the month, or a word for one.
_QUANTITY = re.compile(
    rf"\b(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*\b(?!\s*(?:{_MONTH})\b)|\b(?:twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig"
    r"|veertig|vijftig|zestig|zeventig|tachtig|negentig|honderd\w*|duizend\w*|miljoen|miljard|procent|helft|derde|kwart|meerderheid|niemand"
    r"|geen enkele?|dagelijks|wekelijks|maandelijks|jaarlijks)\b",
    re.IGNORECASE,
)
# A number in words alone ("een kleine groep"): worth showing, but no count.
_VAGUE = re.compile(r"\b(?:aantal|groep|enkele|veel|weinig|minder|meer|lang|kort|groot|klein)\w{0,3}\b", re.IGNORECASE)
# The name of a person or an organisation: two words with a capital, or one that no sentence begins with.
# From the start of a word alone, so that a long run of capitals is not tried from each of them.
_NAMED_ONE = re.compile(r"(?<!\w)(?<!\w['’.-])(?:[A-Z][\w'’.-]+\s+){1,3}[A-Z][\w'’-]+|(?<=[a-z,;:]\s)[A-Z][\w'’-]+")


def holds_fact(question: Question, sentence: Sentence) -> float:
    """Return 1 where a sentence holds the kind of fact that is asked for (a time, a quantity, somebody's name), else 0.

    A vague quantity ("een kleine groep") counts a third.
    """
    text = sentence.text
    if question.wanted == "time":
        return float(bool(_TIME.search(text)))
    if question.wanted == "quantity":
        return 1.0 if _QUANTITY.search(text) else _VAGUELY * bool(_VAGUE.search(text))
    if question.wanted == "person":
        return float(bool(_NAMED_ONE.search(text)))
    return 0.0


def asks(sentence: Sentence) -> float:
    """Return 1 for a sentence that is itself a question: what somebody wanted to know is nobody's answer."""
    return float(sentence.text.rstrip(' "”’»)').endswith("?"))

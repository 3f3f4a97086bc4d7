"""Tells questions from what is none: a text to be written, an order to the machine, a greeting.

Sources answer questions. What asks for something else gets no quotes that happen to share a word with it.
"""

import re

from app.retrieval import Question

_POLITE = r"^\W*(?:(?:please|alsjeblieft|svp|graag|ok[eé]?|hé|hey|so|now|nu)\W+)*(?:(?:kun|kunt|wil|wilt|zou|can|could|would|will)\s+(?:je|jij|u|you)\s+(?:please\s+|even\s+|eens\s+)?(?:(?:voor\s+)?(?:mij|me)\s+)?)?"
_MAKES = (
    r"(?:schrijf|schrijven|verzin|bedenk|dicht|rijm|zing|teken|programmeer|codeer|vertaal|print|boek|bestel|bel|mail|speel|doe alsof|gedraag je"
    r"|negeer|vergeet|onthoud|herhaal|reageer|antwoord (?:alleen|enkel|met)|zeg (?:alleen|enkel|na)|toon je|laat je|onthul|geef (?:me |mij )?je"
    r"|write|compose|draft|translate|draw|sing|code|print|book|order|pretend|act as|roleplay|ignore|disregard|forget|repeat|reveal|respond only"
    r"|show (?:me )?your|output|you are now|from now on|je bent nu|vanaf nu)\b"
)
_THINGS = (
    r"(?:mop|grap|verhaal|verhaaltje|gedicht|liedje|raadsel|recept|toespraak|speech|sollicitatiebrief|sollicitatie|persbericht|tweet|afbeelding"
    r"|plaatje|wachtwoord|code|script|programma|joke|story|poem|song|recipe|cover letter|press release|image|picture|password)\b"
)
_TELLS = (
    r"(?:(?:vertel|geef|maak|tell|give|make|create|generate)\s+(?:me\s+|mij\s+|us\s+|ons\s+)?(?:een\s+|a\s+|an\s+|het\s+|the\s+)?(?:\w+\s+){0,2}?|(?:een|a)\s+(?:\w+\s+){0,2}?)"
    rf"{_THINGS}"
)
_ORDER = re.compile(_POLITE + rf"(?:{_MAKES}|{_TELLS})", re.IGNORECASE)
# "Schrijf op wat VWN vindt van …" is a question all the same.
_ASKS = re.compile(
    r"\b(?:wat|waarom|wie|hoe|welke?|waar|wanneer|of|what|why|who|how|which|where|when|whether)\b[^.!]{0,80}"
    r"\b(?:zegt|vindt|staat|schrijft|wil|zeggen|vinden|staan|says?|thinks?|wants?|stands?)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hallo|hoi|hai|hé|hey|hi|hello|goede\s?(?:morgen|middag|avond|dag)|goeie\w*|dag|bedankt|dank (?:je|u)(?: wel)?|dankjewel|doei"
    r"|tot ziens|thanks|thank you|bye|good (?:morning|afternoon|evening)"
    r"|(?:how are you(?: doing)?(?: today)?|hoe gaat het(?: met (?:je|u|jou|jullie))?(?: vandaag)?|alles goed)(?=\W*$))\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\b(?:wat|waarom|wie|welke?|waar|wanneer|hoeveel|what|why|who|which|where|when)\b|\b(?:over|about)\b",
    re.IGNORECASE,
)
_SHORT_GREETING = 9


def is_no_question(question: Question) -> bool:
    """Whether a text asks for something that no source can answer, whatever words it shares with them."""
    text = question.text
    if _GREETING.match(text) and len(text.split()) <= _SHORT_GREETING:
        rest = _GREETING.sub("", text, count=1)
        if not any(sign.isalnum() for sign in rest):
            return True
        if not question.mentioned and (not _QUESTION.search(rest) or "?" not in rest):
            return True
    return bool(_ORDER.match(text)) and not (question.asked and _ASKS.search(text))

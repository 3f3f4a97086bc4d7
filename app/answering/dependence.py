"""Whether a question names a topic of its own, or leans on what was said before.

What names no topic: pronouns and question words, numbers and times, countries (they tell which of a thing, not which thing), the
speakers, words for how a thing is ("hoog", "verplicht"), and nouns that are always of something else ("de gevolgen").
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from app import analysis
from app.lexicon import countries
from app.passages import Speaker
from app.retrieval import Concept, Question

_HOW = """
    hoog hoger hoogste laag lager laagste groot grote groter klein kleine kleiner veel weinig minder lang lange langer kort korter duur
    duurder goedkoop erg slecht slechter goed goede beter best nodig belangrijk verplicht toegestaan verboden mogelijk onmogelijk waar
    onwaar zeker juist onjuist correct raar vreemd logisch eerlijk oneerlijk snel sneller langzaam anders zo ook nieuw oud
    high higher low lower big bigger large small smaller few less longer short expensive cheap bad worse good better needed necessary
    important mandatory required allowed forbidden possible impossible true false sure certain correct strange logical fair unfair fast
    slow different new old
"""
_OF_SOMETHING = """
    reden redenen oorzaak oorzaken gevolg gevolgen voordeel voordelen nadeel nadelen doel risico risico's gevaar gevaren alternatief
    alternatieven voorbeeld voorbeelden bewijs bewijzen bezwaar bezwaren argument argumenten onderbouwing bron details informatie
    betekenis reactie probleem verschil kant
    reason reasons cause causes effect effects consequence consequences advantage advantages disadvantage disadvantages goal aim risk risks
    danger dangers alternative alternatives example examples evidence proof objection objections argument arguments detail details meaning
    information problem
"""
_ASKING = """
    leg legt uitleg uitleggen uitgelegd toelichten toelicht toegelicht toelichting verduidelijken verduidelijking verklaren verklaring
    bedoel bedoelde bedoeling snap begrijp begrijpen explain explanation clarify clarification elaborate understand niet geen nooit wel
    not no never else other others besides bekend zoal kun wilt alstublieft alsjeblieft
"""
_TIMES = """
    vandaag morgen overmorgen gisteren eergisteren vroeger later toekomst verleden week weken maand maanden jaar jaren dag dagen
    januari februari maart april mei juni juli augustus september oktober november december
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    today tomorrow yesterday earlier future past weeks month months year years day days january february march may june july august
    october monday tuesday wednesday thursday friday saturday sunday
"""
_NO_TOPIC = frozenset(f"{_HOW} {_OF_SOMETHING} {_ASKING} {_TIMES}".split()).union(
    analysis.LIGHT_WORDS, analysis.WEAK_WORDS, analysis.STOP_WORDS_NL, analysis.STOP_WORDS_EN
)
_VERB = (
    r"(?:is|was|zijn|waren|komt|kan|kon|mag|moet|moeten|mogen|kunnen|zou|zouden|zal|gaat|geldt|gold|wordt|werd|worden|heeft|hebben|doet|doen|klopt|betekent"
    r"|gebeurt|werkt|helpt|kost|vindt|vinden|wil|willen|krijgt|krijgen|zegt|are|were|does|do|did|can|could|should|must|may|will|would|has|have)"
)
_PRONOUN = r"(?:dat|dit|die|deze|ze|zij|hij|they|them|these|those|that|this|it)"
# A verb with a pronoun after it: "Geldt dat ook voor kinderen?", "Is it allowed?".
_REFERS = re.compile(
    rf"\b{_VERB}\s+{_PRONOUN}\b|\b(?:wordt|werd|moet|mag|kan|zou|zal)\s+het\s+(?:\w+\s+)?(?:\w*ge\w+|(?:be|ver|ont|her)\w+)(?:d|t|en)\W*$",
    re.IGNORECASE,
)
# "It is true that …" and "klopt het dat …" announce what follows.
_ANNOUNCES = re.compile(r"\b(?:it|het|that|dit|dat)\s+(?:\w+\s+)?(?:dat|that|to|om)\b", re.IGNORECASE)
# The verb between a question word and a pronoun: "Wat verandert er?", "How does it work?"
_ASKED_VERB = re.compile(
    r"(?:^|\b(?:wat|hoe|waarom|wanneer|wie|waar|hoeveel)\s+)(?:en\s+|maar\s+)?(\w+)\s+(?:er|dat|dit|het|die|ze|zij|hij)\s*(?:$|\W*$|\w)"
    r"|\b(?:does|do|did|will|would|can|could)\s+(?:it|that|this|they)\s+(\w+)",
    re.IGNORECASE,
)
# The one adverb among the light words that is a noun too.
_WEATHER = re.compile(
    r"\bhet weer\s*(?:$|[?!.,]|(?:nu|vandaag|morgen|overmorgen|vanavond|in|op|dit|deze|komende?)\b)", re.IGNORECASE
)


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    return frozenset(
        word for names, people in countries() for name in (*names, *people) for word in analysis.words(name)
    )


def own_topic(read: Question, speakers: Sequence[Speaker]) -> list[Concept]:
    """Return the concepts of a question that name a topic."""
    named = {
        word
        for speaker in speakers
        if speaker.id in read.mentioned
        for name in speaker.called
        for word in analysis.words(name)
    }
    verbs = {word.casefold() for match in _ASKED_VERB.finditer(read.text) for word in match.groups() if word}
    weather = bool(_WEATHER.search(read.text))
    return [
        concept
        for concept in read.concepts
        if weather
        or (
            concept.kind != "number"
            and concept.surface not in _NO_TOPIC
            and concept.surface not in _places()
            and concept.surface not in named
            and concept.surface not in verbs
        )
    ]


def refers(question: str) -> bool:
    """Whether a pronoun stands in a question for what was said before."""
    return bool(_REFERS.search(question)) and not _ANNOUNCES.search(question)

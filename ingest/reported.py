"""Explicit attribution in running text: "volgens de Raad van State …", "de Europese Commissie heeft aangegeven".

What a sentence reports of somebody else is still its author's sentence; the reported speaker is kept beside the speaker. A
name that is merely mentioned, asked about, or denied to have said something attributes nothing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_SAYS = (
    r"(?:stelt|stelde|stellen|zegt|zei|schrijft|schreef|meent|meende|concludeert|concludeerde|adviseert|adviseerde|waarschuwt"
    r"|waarschuwde|benadrukt|benadrukte|oordeelt|oordeelde|constateert|constateerde|verklaart|verklaarde|signaleert|signaleerde"
    r"|bevestigt|bevestigde|betoogt|betoogde|onderstreept|onderstreepte|states|stated|said|says|argues|argued|notes|noted"
    r"|advises|advised|warns|warned|concludes|concluded|confirms|confirmed|writes|wrote|stresses|stressed|believes|believed)"
)
# These say something only together with a second part: "wijst erop dat", "merkt op", "vindt dat", "geeft aan".
_SAYS_APART = (
    r"(?:(?:wijst|wees)\b[^.;:]{0,60}?\b(?:erop|er\b[^.;:]{0,30}\bop)\b|(?:merkt|merkte)\b[^.;:]{0,60}?\bop\b"
    r"|(?:geeft|gaf)\b[^.;:]{0,40}?\baan\b|(?:vindt|vond|acht|achtte)\b(?=[^.;:]{0,80}\b(?:dat|het|onwenselijk|wenselijk|nodig|onnodig|te)\b)(?! plaats)"
    r"|(?:points?|pointed)\s+out\b|makes?\s+clear\b)"
)
_PARTICIPLES = (
    r"(?:aangegeven|gesteld|gezegd|geschreven|geadviseerd|gewaarschuwd|benadrukt|geoordeeld|geconcludeerd|verklaard"
    r"|bevestigd|geconstateerd|opgemerkt|betoogd|stated|indicated|advised|confirmed|argued|warned|concluded|said|noted|pointed out)"
)
_DOCUMENT = r"(?:advies|oordeel|rapport|standpunt|visie|mening|analyse|verklaring|brief|voorstel|opinion|report|advice|view|position|judgment|statement)"
_NOT = r"(?:niet|nooit|geenszins|not|never)"
_ADVERBS = (
    r"(?:ook|eerder|terecht|daarnaast|verder|bovendien|tevens|zo|vorig jaar|dit jaar|onlangs|inmiddels|later|al|reeds|daarom"
    r"|ten slotte|tot slot|voorts|in (?:haar|zijn|hun|dit|dat|een) \w+)"
)
# Behind these a name is not the one who speaks: "de brief aan de Raad van State zegt".
_BOUND = re.compile(
    r"\b(?:van|aan|met|bij|door|voor|tegen|over|namens|naar|uit|op|in|of|to|by|with|for|from|about|against)\s+(?:de |het |the |a |een )?$",
    re.IGNORECASE,
)
_THEIR_DOCUMENT = re.compile(rf"\b{_DOCUMENT}\s+(?:van|of|by|from)\s+(?:de |het |the )?$", re.IGNORECASE)


@lru_cache(maxsize=512)
def _patterns(name: str) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """Return what a name does as the subject of a sentence, and the turns that attribute to it wherever it stands."""
    end = r"(?![\w-])" if name[-1:].isalnum() else ""
    who = rf"(?<![\w-])(?:(?:de|het|the) )?(?P<name>{re.escape(name)}){end}"
    subject = rf"{who}(?:\s*\([^)]{{1,20}}\))?\s+(?:{_ADVERBS}\s+)?(?:{_SAYS}(?!\s+{_NOT}\b)\b|{_SAYS_APART}|(?:heeft|had|hebben|has|have)\b(?P<gap>[^.;:]{{0,60}}?)\b{_PARTICIPLES}\b)"
    turns = (
        rf"(?<!niet )(?<!not )\b(?:volgens|aldus|according to|in de woorden van|in the words of|in the view of|naar het oordeel van|in the opinion of)\s+(?:(?:het|de|dit|the) {_DOCUMENT} (?:van|of) )?{who}",
        rf"\b{_PARTICIPLES}\s+(?:door|by)\s+{who}",
        rf"\b(?:wat|zoals|als|als wat)\s+(?:er\s+)?(?:in\s+)?{who}\s+(?:staat|schrijft|zegt|stelt|voorstelt|adviseert)\b",
        rf"\b(?:what|as)\s+(?:is (?:said|stated|written) in\s+)?{who}\s+(?:says|states|writes|proposes|advises)\b",
        rf"(?<=[,”\"’'])\s*(?:zo\s+)?{_SAYS}\s+{who}(?=\s*(?:[.,;:!?]|$)|\s+(?:in|dat|vast|terecht|op \d))",
        rf"(?:^|[.;:]\s+){_ADVERBS}\s+(?:\w+\s+)?{_SAYS}\s+{who}(?=[^.;:]{{0,60}}(?:\bdat\b|\bthat\b|:))",
        rf"(?:^\s*(?:zie|vergelijk|see)\b[^.;:]{{0,40}}|\b(?:in|uit|from)\s+)(?:(?:het|de|the|haar|zijn) )?{_DOCUMENT}\s+(?:van|of|by)\s+{who}",
    )
    return re.compile(subject, re.IGNORECASE), tuple(re.compile(turn, re.IGNORECASE) for turn in turns)


def reported_speaker(sentence: str, names: Sequence[tuple[str, str]], speaker: str | None) -> str | None:
    """Return the id of the speaker whom the sentence reports first, other than its own speaker, or None.

    ``names`` holds (name or alias, speaker id); of two names at one place the longer counts.
    """
    lowered = sentence.lower()
    found: list[tuple[int, int, str]] = []
    for name, who in names:
        if name.lower() in lowered:
            place = _place(sentence, name)
            if place is not None:
                found.append((place, -len(name), who))
    others = [who for _, _, who in sorted(found)]
    return next((who for who in others if who != speaker), None)


def _place(sentence: str, name: str) -> int | None:
    """Return where the sentence attributes something to a name, or None."""
    subject, turns = _patterns(name)
    places = [match.start("name") for turn in turns if (match := turn.search(sentence))]
    for match in subject.finditer(sentence):
        before = sentence[: match.start()]
        bound = _BOUND.search(before) is not None and _THEIR_DOCUMENT.search(before) is None
        denied = re.search(rf"\b{_NOT}\b", match.group("gap") or "", re.IGNORECASE) is not None
        if not bound and not denied and not _asks(sentence):
            places.append(match.start("name"))
    return min(places, default=None)


def _asks(sentence: str) -> bool:
    return sentence.rstrip(" \"'”’)").endswith("?")

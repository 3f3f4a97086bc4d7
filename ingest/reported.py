"""Explicit attribution in running text: "volgens de Raad van State …", "de Europese Commissie heeft aangegeven".

What a sentence reports of somebody else is still its author's sentence; the reported speaker is kept beside the speaker.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_VERBS = (
    r"(?:stelt|stelde|zegt|zei|schrijft|schreef|meent|meende|vindt|vond|concludeert|concludeerde|adviseert|adviseerde"
    r"|waarschuwt|waarschuwde|benadrukt|benadrukte|oordeelt|oordeelde|constateert|constateerde|merkt|merkte|wijst|wees"
    r"|verklaart|verklaarde|signaleert|signaleerde|states?|said|says|argues?|argued|notes?|noted|advises?|advised|warns?|warned)"
)
_PARTICIPLES = (
    r"(?:aangegeven|gesteld|gezegd|geschreven|geadviseerd|gewaarschuwd|benadrukt|geoordeeld|geconcludeerd|verklaard"
    r"|bevestigd|stated|indicated|advised|confirmed|argued)"
)


@lru_cache(maxsize=512)
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    who = rf"(?:de |het |the )?{re.escape(name)}"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"\b(?:volgens|aldus|according to)\s+{who}\b",
            rf"\b{who}\s+{_VERBS}\b",
            rf"\b{who}\s+(?:heeft|had|has)\b[^.;:]{{0,60}}\b{_PARTICIPLES}\b",
            rf"\b{_PARTICIPLES}\s+(?:door|by)\s+{who}\b",
            rf"\b(?:wat|zoals|als)\s+(?:er\s+)?in\s+{who}\s+staat\b",
            rf"\b(?:advies|oordeel|rapport|standpunt|opinion|report)\s+(?:van|of)\s+{who}\b",
        )
    )


def reported_speaker(sentence: str, names: Sequence[tuple[str, str]], speaker: str | None) -> str | None:
    """Return the id of the speaker whom the sentence reports, other than its own speaker, or None.

    ``names`` holds (name or alias, speaker id).
    """
    lowered = sentence.lower()
    for name, who in names:
        if who != speaker and name.lower() in lowered and any(p.search(sentence) for p in _patterns(name)):
            return who
    return None

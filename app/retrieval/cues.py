"""What kind of sentence a question wants, and the signs by which a sentence shows that it is of that kind.

A question that begins with "waarom" is answered by a sentence that gives a reason, "wat vindt" by one that judges, "wat is" by
one that begins with the thing itself. Each sign is a feature; how much it counts is fitted.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app import analysis

Seeks = Literal["reason", "stance", "duty", "definition"]

_SEEKS: tuple[tuple[Seeks, re.Pattern[str]], ...] = (
    (
        "reason",
        re.compile(
            r"\b(?:waarom|hoezo|hoe komt|waardoor|waar ligt (?:het|dat) aan|reden|redenen|oorzaak|oorzaken|komt het dat|leidt|gevolgen?"
            r"|wat verklaart|why|how come|what explains|reasons?|causes?d?|consequences?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "stance",
        re.compile(
            r"\b(?:vindt|vinden|vond|vinden jullie|standpunt|mening|visie|oordeel|denkt|denken|kijkt|kijken|reactie|kritiek|zorgen|blij|positief"
            r"|negatief|eens|voor of tegen|tegen|steunt|wijst|bezwaar|bezwaren|thinks?|views?|opinions?|positions?|stance|oppose[sd]?|supports?"
            r"|critici[sz]e[sd]?|criticism|concern(?:s|ed)?|worr(?:y|ies|ied)|happy|against|favou?r)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "duty",
        re.compile(
            r"^\W*(?:moet|moeten|mag|mogen|hoeft|hoeven|kan|kunnen|must|should|may|can|does|do|is|are)\b|\b(?:verplicht|verplichting|verplichten"
            r"|toegestaan|nodig|wil|willen|stelt|pleit|adviseert|voorstelt|voorstel|gedaan|aanbevel\w+|zou moeten|obliged?|obligations?|required?"
            r"|mandatory|allowed|needed|wants?|proposes?|recommends?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "definition",
        re.compile(
            r"^\W*(?:en\s+)?(?:wat (?:is|zijn|doet|doen|betekent|houdt|regelt|zegt)|wie (?:is|zijn)|leg uit|what (?:is|are|does|do)|who (?:is|are)"
            r"|explain|define)\b",
            re.IGNORECASE,
        ),
    ),
)
# These look at sentences in lower case: a pattern that has to mind capitals takes four times as long.
_REASON = re.compile(
    r"\b(?:want|omdat|doordat|aangezien|immers|namelijk|daardoor|hierdoor|waardoor|daarom|vanwege|wegens|door(?: de| het| een)?|dankzij|dit komt|dat komt"
    r"|te maken met|te wijten|leid(?:t|en|de) tot|zorg(?:t|en) (?:er)?voor|gevolgen?|oorzaa?k(?:en)?|reden(?:en)?|gevaar|risico|zodat|ten behoeve van"
    r"|consequenties|op basis van|blijkt|gelet op|gezien|because|since|due to|therefore|so that|as a result|leads? to|causes?)\b",
)
_STANCE = re.compile(
    r"\b(?:positief|goede?|blij|waarder\w+|toejuich\w*|verwelkom\w*|zorgen|zorgelijk|bezorgd|bezwaar|bezwaren|kritisch|schadelijk|nadelig|ongewenst"
    r"|wenselijk|onwenselijk|onjuist|onterecht|terecht|niet consistent|belang(?:rijk)?|vind(?:t|en)|moet|moeten|zou(?:den)?|beter|liever|helaas"
    r"|onvoldoende|voldoende|onbegrijpelijk|onverstandig|ondermijn\w*|gevaar|risico|pleit|adviseer\w*|oordeel\w*|van oordeel|betreur\w*|steun\w*"
    r"|logischer|nodig|good|positive|concern\w*|harmful|wrong|important|should|must|welcome\w*|regret\w*)\b",
)
_DUTY = re.compile(
    r"\b(?:moet(?:en)?|mag|mogen|hoef(?:t|ven)|hoeven|dien(?:t|en)|verplicht\w*|toegestaan|verbod\w*|zou(?:den)?|niet toe|kan|kunnen|nodig"
    r"|noodza\w+|pleit\w*|adviseer\w*|bepleit\w*|wil(?:len)?|must|may|should|required|allowed|obliged)\b"
    r"|^(?:behoud|zorg|zet|investeer|maak|geef|stop|houd|laat|neem|voorkom|versterk|schrap|verbeter|waarborg|regel|bied)\b",
)
# So many content words count as the beginning of a sentence.
_BEGINNING = 3
# And no more than so many signs.
_START = 80


def seeks(text: str) -> frozenset[Seeks]:
    """Return what kinds of sentence a question wants; often none, sometimes several."""
    return frozenset(kind for kind, pattern in _SEEKS if pattern.search(text))


def reason(wanted: frozenset[Seeks], sentence: str) -> float:
    """Return 1 where a reason is wanted and the sentence gives one."""
    return float("reason" in wanted and _gives_reason(sentence))


def stance(wanted: frozenset[Seeks], sentence: str) -> float:
    """Return 1 where a judgement is wanted and the sentence judges."""
    return float("stance" in wanted and _judges(sentence))


def duty(wanted: frozenset[Seeks], sentence: str) -> float:
    """Return 1 where the question is what must or may be, and the sentence says what must or may be."""
    return float("duty" in wanted and _obliges(sentence))


def definition(wanted: frozenset[Seeks], sentence: str, forms: frozenset[str]) -> float:
    """Return 1 where the thing itself is asked for and the sentence begins with it; ``forms`` are its terms."""
    if "definition" not in wanted or not forms:
        return 0.0
    return float(not forms.isdisjoint(_beginning(sentence[:_START])))


def signs(wanted: frozenset[Seeks], sentences: Sequence[str], forms: frozenset[str]) -> NDArray[np.float64]:
    """Return what each sentence shows of the kinds wanted, shape (sentences, 4): reason, stance, duty, definition."""
    found = np.zeros((len(sentences), 4))
    for column, (kind, shows) in enumerate(_SIGNS):
        if kind in wanted:
            found[:, column] = [shows(wanted, sentence) for sentence in sentences]
    if "definition" in wanted and forms:
        found[:, 3] = [definition(wanted, sentence, forms) for sentence in sentences]
    return found


_SIGNS: tuple[tuple[Seeks, Callable[[frozenset[Seeks], str], float]], ...] = (
    ("reason", reason), ("stance", stance), ("duty", duty),
)  # fmt: skip


# Of the sentences that questions are about: a pattern is slower to search than its finding to look up.
@lru_cache(maxsize=2_000)
def _gives_reason(sentence: str) -> bool:
    return bool(_REASON.search(sentence.lower()))


@lru_cache(maxsize=2_000)
def _judges(sentence: str) -> bool:
    return bool(_STANCE.search(sentence.lower()))


@lru_cache(maxsize=2_000)
def _obliges(sentence: str) -> bool:
    return bool(_DUTY.search(sentence.lower()))


@lru_cache(maxsize=2_000)
def _beginning(sentence: str) -> tuple[str, ...]:
    return tuple(analysis.first_terms(sentence, _BEGINNING))

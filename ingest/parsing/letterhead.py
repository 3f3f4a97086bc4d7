"""What a letter or a decision says of itself: its date and its reference."""

import re
from datetime import date

_MONTHS = {
    name: number % 12 + 1
    for number, name in enumerate(
        """januari februari maart april mei juni juli augustus september oktober november december
        january february march april may june july august september october november december""".split()
    )
}
_DAY = rf"(\d{{1,2}})\s+({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\s+((?:19|20)\d\d)\b"
# A word for it, or the town that a letter is dated from; "uw brief d.d." dates another's letter.
_DATED = re.compile(
    rf"(?:\b(?:datum|date|dagtekening)\s*+:?|(?:^|\n|\.\s)\s{{0,40}}+(?:'s-gravenhage|’s-gravenhage|[A-Z][a-zë-]+(?: [A-Z][a-z]+)?),(?:\s++de)?)\s*+{_DAY}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"\b(?:datum|date|dagtekening)\s*+:?\s*+(\d{1,2})[-/](\d{1,2})[-/]((?:19|20)\d\d)\b", re.IGNORECASE
)
# An advice that a later paper presents: "Dit advies, gedateerd 19 augustus 2020, no. W13.20.0254/III".
_WITH_REFERENCE = re.compile(rf"\bgedateerd\s+{_DAY},\s+(?:no|nr)\.\s+W\d\d\.", re.IGNORECASE)
_ADVICE = re.compile(r"\bW\d\d\.\d\d\.\d{4,5}/[IVX]+\b")  # How the Raad van State numbers its advices.
_REFERENCE = re.compile(
    r"\b(?:ons kenmerk|kenmerk|onze referentie|zaaknummer|no\.)\s*+:?\s*+([A-Z]{0,3}[\d][\w./-]{3,30})", re.IGNORECASE
)


def stated_date(text: str) -> str | None:
    """Return the date as YYYY-MM-DD where the beginning names it as such, else None."""
    beginning = text[:8_000]
    found = _DATED.search(beginning) or _WITH_REFERENCE.search(beginning)
    if found:
        return _written(int(found.group(3)), _MONTHS[found.group(2).lower()], int(found.group(1)))
    found = _NUMERIC.search(beginning)
    return _written(int(found.group(3)), int(found.group(2)), int(found.group(1))) if found else None


def _written(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def stated_reference(text: str) -> str | None:
    """Return the reference ("Ons kenmerk: …") where the beginning names it, else None."""
    advice = _ADVICE.search(text[:8_000])
    if advice:
        return advice.group()
    found = _REFERENCE.search(text[:8_000])
    return found.group(1).rstrip(".-/") if found else None

"""What a letter or a decision says of itself: its date and its reference."""

import re

_MONTHS = {
    name: number
    for number, name in enumerate(
        "januari februari maart april mei juni juli augustus september oktober november december".split(), 1
    )
}
_DATED = re.compile(
    rf"\b(?:datum|date|'s-gravenhage,|den haag,)\s*:?\s*(\d{{1,2}})\s+({'|'.join(_MONTHS)})\s+((?:19|20)\d\d)",
    re.IGNORECASE,
)
_ADVICE = re.compile(r"\bW\d\d\.\d\d\.\d{4,5}/[IVX]+\b")  # How the Raad van State numbers its advices.
_REFERENCE = re.compile(
    r"\b(?:ons kenmerk|kenmerk|onze referentie|zaaknummer|no\.)\s*:?\s*([A-Z]{0,3}[\d][\w./-]{3,30})", re.IGNORECASE
)


def stated_date(text: str) -> str | None:
    """Return the date as YYYY-MM-DD where the beginning names it as such, else None."""
    found = _DATED.search(text[:8_000])
    if not found:
        return None
    return f"{found.group(3)}-{_MONTHS[found.group(2).lower()]:02d}-{int(found.group(1)):02d}"


def stated_reference(text: str) -> str | None:
    """Return the reference ("Ons kenmerk: …") where the beginning names it, else None."""
    advice = _ADVICE.search(text[:8_000])
    if advice:
        return advice.group()
    found = _REFERENCE.search(text[:8_000])
    return found.group(1).rstrip(".-/") if found else None

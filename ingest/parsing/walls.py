"""Tells a page that is no content: a wall, an error page, a browser check, a shell without text."""

import re

_CONSENT = re.compile(
    r"(?:cookies? (?:accepteren|toestaan|weigeren)|accept (?:all )?cookies|cookie[- ]?(?:instellingen|voorkeuren|wall)|privacy[- ]?gate"
    r"|toestemming (?:geven|nodig)|consent)",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:alleen voor abonnees|verder lezen\?|word (?:nu )?abonnee|word (?:nu )?lid (?:om|en) |log ?in om (?:verder )?te lezen"
    r"|neem een abonnement|probeer \d+ (?:weken|maanden)|al abonnee\?|(?:registreer|maak een (?:gratis )?account) om (?:verder )?te lezen"
    r"|subscribe to (?:read|continue)|already a subscriber|(?:log|sign) in to (?:read|continue reading))",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"(?:pagina (?:is )?niet gevonden|page not found|^\s*(?:fout |error )?404\b(?=\s*(?:$|[-–|:]|not|pagina|error|fout))|(?:pagina|document|artikel|bestand|page)\b.{0,40}\bbestaat niet|does not exist|niet langer beschikbaar|no longer available"
    r"|deze pagina kan niet worden gevonden|oeps)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"just a moment\b|checking your browser|verify (?:that )?you are (?:a )?human|bent u een robot|enable javascript and cookies",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^>]{0,300}>(.{0,500}?)</title>|<h1[^>]{0,300}>(.{0,500}?)</h1>", re.IGNORECASE | re.DOTALL)
_ABOUT_COOKIES = re.compile(
    r"cookies? (?:accepteren|toestaan|weigeren)|accept (?:all )?cookies|privacy[- ]?gate|cookie ?wall", re.IGNORECASE
)
_NOT_FREE = re.compile(r"\"isAccessibleForFree\"\s*:\s*\"?false", re.IGNORECASE)
_CONSENT_HOST = re.compile(
    r"^https?://(?:myprivacy|consent|privacy)\.|^https?://[^/]+/(?:consent|cookie-?wall|privacygate)\b", re.IGNORECASE
)
_SHORT, _VERY_SHORT = 1_200, 200
_FEWEST_WORDS, _SHELL = 8, 60
_MOST_LOOKED_AT = 2_000_000


def unusable(html: str, text: str, url: str = "") -> str | None:
    """Return why a fetched page is no content (a wall, an error page, a shell without text), or None where it is.

    ``html`` is the page as fetched, ``text`` what was read of it, ``url`` where the site led to.
    """
    short, very_short = len(text) < _SHORT, len(text) < _VERY_SHORT
    title = " ".join(part for match in _TITLE.finditer(html[:100_000]) for part in match.groups() if part)
    if short and _NOT_FOUND.search(title):
        return "de pagina bestaat niet meer (de site toont een foutpagina)"
    if short and (_CHALLENGE.search(title) or _CHALLENGE.search(text)):
        return "de site laat alleen een browser binnen; zet de tekst als bestand bij ‘path’"
    if _asks_consent(html, text, title, url):
        return "de site toont eerst een toestemmingsvraag; zet de tekst als bestand bij ‘path’"
    if (short and _PAYWALL.search(html)) or (len(text) < 2 * _SHORT and _NOT_FREE.search(html)):
        return "het artikel staat achter een betaalmuur; zet de tekst als bestand bij ‘path’"
    if (
        very_short
        and len(text.split()) < _FEWEST_WORDS
        and "<script" in html.lower()
        and len(_bare(html).split()) < _SHELL
    ):
        return "de pagina heeft zonder JavaScript geen tekst"
    return None if text.strip() else "de pagina is leeg"


def _asks_consent(html: str, text: str, title: str, url: str) -> bool:
    """Whether there is a question about cookies instead of the page, and not beside it."""
    if len(text) >= _SHORT:
        return False
    if _CONSENT_HOST.match(url) or ("privacy" in title.casefold() and _CONSENT.search(title)):
        return True
    if len(text) >= _VERY_SHORT:
        return False
    return bool(_ABOUT_COOKIES.search(text)) or (len(text.split()) < _FEWEST_WORDS and bool(_CONSENT.search(html)))


def _bare(html: str) -> str:
    """Return what a page says without its scripts and tags, in one pass over it."""
    parts: list[str] = []
    place, text = 0, html[:_MOST_LOOKED_AT]
    lowered = text.lower()
    while place < len(text):
        start = text.find("<", place)
        if start < 0:
            parts.append(text[place:])
            break
        parts.append(text[place:start])
        closing = (
            "</script"
            if lowered.startswith("<script", start)
            else "</style"
            if lowered.startswith("<style", start)
            else None
        )
        inside = lowered.find(closing, start) if closing else start
        end = text.find(">", inside) if inside >= 0 else -1
        if end < 0:
            break
        place = end + 1
    return " ".join(parts)

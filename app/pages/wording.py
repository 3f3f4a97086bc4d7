"""The words of the pages that are ours and not a source's, in Dutch and English."""

_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december".split(),
    "en": "January February March April May June July August September October November December".split(),
}
_WORDS = {
    "nl": {
        "skip": "Naar de inhoud",
        "other_language": "English",
        "sources": "Bronnen",
        "ask": "Vragen",
        "title": "Vraag het de brieven",
        "title_marked": "brieven",
        "lead": "Wat staat er nu echt in een beleidsbrief, en wie zegt dat? Stel uw vraag in gewone taal. U krijgt de letterlijke zinnen, onder de naam van wie ze schreef.",
        "heading": "Stel uw vraag",
        "no_script": "Om hier vragen te stellen hebt u JavaScript nodig. De bronnen hieronder leest u ook zonder.",
        "can": "Wat Briefwijzer doet",
        "can_find": "Zoekt in de bronnen hieronder. U mag in het Nederlands of in het Engels vragen.",
        "can_quote": "Citeert letterlijk. Bij elk citaat staat wie het zegt, en u kunt het op zijn plaats in de bron lezen.",
        "can_write": "Laat een taalmodel het antwoord schrijven. Elke zin is getoetst aan de citaten die eronder staan.",
        "can_refuse": "Zegt het als iets niet in de bronnen staat, en wie er dan wel iets over zegt.",
        "cannot": "Wat Briefwijzer niet doet",
        "cannot_web": "Zoekt niet op internet. Alleen wat hieronder is gelezen telt mee.",
        "cannot_advise": "Geeft geen juridisch advies en heeft geen mening.",
        "cannot_all": "Vindt niet altijd alles. Lees bij twijfel de bron zelf.",
        "sources_lead": "{read} van {all} bronnen gelezen. Briefwijzer antwoordt alleen uit wat is gelezen.",
        "state_read": "Gelezen",
        "state_not_fetched": "Nog niet opgehaald",
        "state_blocked": "Afgeschermd",
        "state_gone": "Verdwenen",
        "state_failed": "Niet gelukt",
        "fetch_hint": "De beheerder haalt de ontbrekende bronnen op met",
        "original": "Naar het origineel",
        "new_tab": "(opent in nieuw tabblad)",
        "fetched": "opgehaald op {date}",
        "snapshot": "Zo was de tekst toen Briefwijzer hem las.",
        "speaks": "Hier spreekt",
        "speaks_unknown": "Van wie de woorden zijn is niet bekend",
        "others_speak": "Woorden van een ander staan apart, met de naam erboven:",
        "unknown": "Spreker onbekend",
        "earlier": "U leest een eerdere versie van dit document ({rev}). Een antwoord van toen verwijst hiernaar.",
        "to_current": "Lees de versie van nu",
        "no_current": "Dit document hoort niet meer bij de bronnen.",
        "no_place": "De aangewezen plek bestaat niet in dit document.",
        "marked": "Het citaat is gemarkeerd.",
        "to_quote": "Ga naar het citaat",
        "contents": "In dit document",
        "page": "Bladzijde {page}",
        "refers_to": "Verwijst naar:",
        "footer": "Briefwijzer toont wat er staat. Wat het betekent, beoordeelt u zelf.",
        "embed_title": "Briefwijzer",
    },
    "en": {
        "skip": "Skip to content",
        "other_language": "Nederlands",
        "sources": "Sources",
        "ask": "Ask",
        "title": "Ask the letters",
        "title_marked": "letters",
        "lead": "What does a policy letter really say, and who says it? Ask in plain words. You get the sentences themselves, under the name of whoever wrote them.",
        "heading": "Ask your question",
        "no_script": "You need JavaScript to ask questions here. The sources below can be read without it.",
        "can": "What Briefwijzer does",
        "can_find": "Searches the sources below. You may ask in Dutch or in English; the sources themselves are mostly in Dutch.",
        "can_quote": "Quotes verbatim. Each quote says whose words it is, and opens at its place in the source.",
        "can_write": "Has a language model write the answer. Each sentence is checked against the quotes that stand below it.",
        "can_refuse": "Says so where the sources do not answer, and who does speak about it.",
        "cannot": "What Briefwijzer does not do",
        "cannot_web": "Does not search the web. Only what was read below counts.",
        "cannot_advise": "Gives no legal advice and holds no opinions.",
        "cannot_all": "Does not always find everything. When in doubt, read the source itself.",
        "sources_lead": "{read} of {all} sources read. Briefwijzer answers from nothing else.",
        "state_read": "Read",
        "state_not_fetched": "Not retrieved yet",
        "state_blocked": "Behind a wall",
        "state_gone": "Gone",
        "state_failed": "Failed",
        "fetch_hint": "The administrator retrieves the missing sources with",
        "original": "To the original",
        "new_tab": "(opens in a new tab)",
        "fetched": "retrieved on {date}",
        "snapshot": "This is the text as it was when Briefwijzer read it.",
        "speaks": "Here speaks",
        "speaks_unknown": "It is not known whose words these are",
        "others_speak": "Words of somebody else stand apart, under their name:",
        "unknown": "Unknown speaker",
        "earlier": "You are reading an earlier version of this document ({rev}). An answer of that time refers to it.",
        "to_current": "Read the present version",
        "no_current": "This document is no longer among the sources.",
        "no_place": "The place that was asked for does not exist in this document.",
        "marked": "The quote is marked.",
        "to_quote": "Go to the quote",
        "contents": "In this document",
        "page": "Page {page}",
        "refers_to": "Refers to:",
        "footer": "Briefwijzer shows what is written. What it means is for you to judge.",
        "embed_title": "Briefwijzer",
    },
}


def words(language: str) -> dict[str, str]:
    """Return the pages' words in a language."""
    return _WORDS["en" if language == "en" else "nl"]


def readable_date(date: str | None, language: str) -> str:
    """Write an ISO date or moment as precisely as it is known: "2025", "december 2025", "2 december 2025"."""
    parts = (date or "")[:10].split("-")
    if len(parts) < 2 or not all(part.isdigit() for part in parts) or not 1 <= int(parts[1]) <= 12:
        return date or ""
    month = f"{_MONTHS['en' if language == 'en' else 'nl'][int(parts[1]) - 1]} {parts[0]}"
    return f"{int(parts[2])} {month}" if len(parts) > 2 else month

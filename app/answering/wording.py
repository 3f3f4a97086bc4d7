"""The few sentences that are ours and not a source's, in Dutch and English."""

import re
from collections.abc import Sequence

_TEXTS = {
    "nl": {
        "not_found": "Dat staat niet in de bronnen.",
        "no_question": "Ik beantwoord vragen met citaten uit de bronnen. Iets anders kan ik niet voor u doen.",
        "speaker_silent": "Van {asked} staat hierover niets in de bronnen.",
        "speaker_absent": "{asked} komt/komen in de bronnen niet zelf aan het woord.",
        "speaker_silent_unfetched": (
            "De tekst van {asked} is hier nog niet opgehaald, dus daaruit kan ik niet antwoorden."
        ),
        "others": "{others} zegt/zeggen er wel iets over.",
        "hinted": "{asked} komt/komen in de bronnen niet zelf aan het woord. Dit staat onder de naam van {others}:",
        "instead": "Over {missing} staat er niets in de bronnen; over {there} wel:",
        "source_absent": "De bron ‘{title}’ is hier nog niet opgehaald.",
        "missing": "Over {missing} staat er niets in de bronnen. Wel is er dit over het onderwerp:",
        "no_time": "Een datum of tijdstip staat er niet bij. Wel is er dit over het onderwerp:",
        "no_quantity": "Een aantal staat er niet bij. Wel is er dit over het onderwerp:",
        "no_person": "Een naam staat er niet bij. Wel is er dit over het onderwerp:",
        "no_reason": "Waarom dat zo is, staat er niet bij. Wel is er dit over het onderwerp:",
        "no_link": "Een link naar {missing} zelf staat er niet in de bronnen. Wel is er deze:",
        "no_premise": "Of dat zo is, blijkt niet uit de bronnen. Dit zeggen ze erover:",
        "no_explanation": "Een uitleg staat er niet bij. Dit zegt de tekst er verder over:",
        "near": "Een rechtstreeks antwoord staat er niet in. Dit komt er het dichtst bij:",
        "also": "Over dit onderwerp zegt/zeggen wel iets: {others}.",
        "under": "onder ‘{section}’",
        "unknown": "Spreker onbekend",
        "corrected": "Ik heb gelezen: {meant}.",
        "and": "en",
        "link": "Adres: {urls}",
        "original": "",
    },
    "en": {
        "not_found": "The sources do not say.",
        "no_question": "I answer questions with quotes from the sources. I cannot do anything else for you.",
        "speaker_silent": "The sources hold nothing by {asked} on this.",
        "speaker_absent": "{asked} does/do not speak in the sources.",
        "speaker_silent_unfetched": (
            "The text of {asked} has not been fetched here yet, so it cannot be answered from."
        ),
        "others": "{others} does/do say something about it.",
        "hinted": "{asked} does/do not speak in the sources. This stands under the name of {others}:",
        "instead": "The sources say nothing about {missing}; about {there} they do:",
        "source_absent": "The source ‘{title}’ has not been fetched here yet.",
        "missing": "The sources say nothing about {missing}. They do say this on the topic:",
        "no_time": "They give no date or time. They do say this on the topic:",
        "no_quantity": "They give no number. They do say this on the topic:",
        "no_person": "They give no name. They do say this on the topic:",
        "no_reason": "They do not say why that is so. They do say this on the topic:",
        "no_link": "The sources hold no link to {missing} itself. They do hold this one:",
        "no_premise": "The sources do not show that this is so. This is what they say about it:",
        "no_explanation": "They do not explain it. This is what else they say about it:",
        "near": "The sources hold no direct answer. This comes nearest:",
        "also": "Who does speak about this topic: {others}.",
        "under": "under ‘{section}’",
        "unknown": "Unknown speaker",
        "corrected": "I read: {meant}.",
        "and": "and",
        "link": "Address: {urls}",
        "original": " (in Dutch)",
    },
}


# One who does something, or several: "zegt/zeggen".
_NUMBER = re.compile(r"\b([a-z]+)/([a-z]+)\b")


def say(language: str, key: str, count: int = 1, **values: str) -> str:
    """Return one of our own sentences in the question's language, about ``count`` speakers."""
    text = _NUMBER.sub(r"\1" if count == 1 else r"\2", _TEXTS["en" if language == "en" else "nl"][key])
    return text.format(**values)


def listed(language: str, names: Sequence[str]) -> str:
    """Return "a, b en c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {say(language, 'and')} {names[-1]}"

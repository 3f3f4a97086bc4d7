"""The few sentences that are ours and not a source's, in Dutch and English."""

from collections.abc import Sequence

_TEXTS = {
    "nl": {
        "not_found": "Dat staat niet in de bronnen.",
        "no_question": "Ik beantwoord vragen met citaten uit de bronnen. Iets anders kan ik niet voor u doen.",
        "speaker_silent": "Van {asked} staat hierover niets in de bronnen. {others} zegt er wel iets over.",
        "speaker_absent": "{asked} komt in de bronnen niet zelf aan het woord. {others} zegt er wel iets over.",
        "speaker_silent_unfetched": (
            "De tekst van {asked} is hier nog niet opgehaald, dus daaruit kan ik niet antwoorden. "
            "{others} zegt er wel iets over."
        ),
        "source_absent": "De bron ‘{title}’ is hier nog niet opgehaald.",
        "missing": "Over {missing} staat er niets in de bronnen. Wel is er dit over het onderwerp:",
        "no_time": "Een datum of tijdstip staat er niet bij. Wel is er dit over het onderwerp:",
        "no_quantity": "Een aantal staat er niet bij. Wel is er dit over het onderwerp:",
        "no_person": "Een naam staat er niet bij. Wel is er dit over het onderwerp:",
        "near": "Een rechtstreeks antwoord staat er niet in. Dit komt er het dichtst bij:",
        "also": "Over dit onderwerp zegt wel iets: {others}.",
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
        "speaker_silent": "The sources hold nothing by {asked} on this. {others} does speak about it.",
        "speaker_absent": "{asked} does not speak in the sources. {others} does say something about it.",
        "speaker_silent_unfetched": (
            "The text of {asked} has not been fetched here yet, so it cannot be answered from. "
            "{others} does speak about it."
        ),
        "source_absent": "The source ‘{title}’ has not been fetched here yet.",
        "missing": "The sources say nothing about {missing}. They do say this on the topic:",
        "no_time": "They give no date or time. They do say this on the topic:",
        "no_quantity": "They give no number. They do say this on the topic:",
        "no_person": "They give no name. They do say this on the topic:",
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


def say(language: str, key: str, **values: str) -> str:
    """Return one of our own sentences in the question's language."""
    return _TEXTS["en" if language == "en" else "nl"][key].format(**values)


def listed(language: str, names: Sequence[str]) -> str:
    """Return "a, b en c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {say(language, 'and')} {names[-1]}"

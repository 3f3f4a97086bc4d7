"""What has to be said before the quotes: what is missing, who is silent, that nothing was found."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from app import analysis
from app.answering.evidence import Judgement
from app.answering.roles import speaks_of_another
from app.answering.wording import listed, say
from app.answers import Also, Citation
from app.lexicon import countries
from app.retrieval import Question, Retriever
from app.retrieval.places import countries_in

# A word of a title so long names that source: "infographic".
_TELLING_TITLE = 8
# Dutch and English; further names are other spellings.
_BOTH = 2
_YEAR = re.compile(r"(?:19|20)\d\d")


class Notices:
    """Words the notices of answers from one index version."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def notice(
        self,
        question: Question,
        judgement: Judgement,
        status: str,
        shown: Sequence[Citation],
        also: Sequence[Also],
    ) -> str | None:
        """Return what has to be said before the quotes, or None."""
        language = question.language
        names = {speaker.id: speaker.name for speaker in self._retriever.reader.speakers}
        if judgement.is_order:
            return say(language, "no_question")
        absent = self.named_but_absent(question)
        if status == "not_found":
            text = " ".join([say(language, "not_found"), *([absent] if absent else [])])
            if also:
                text += " " + say(
                    language, "also", len(also), others=listed(language, [names[a.speaker] for a in also])
                )
            return text
        if judgement.fact == "premise" and not judgement.silent:
            return say(language, "no_premise")
        if judgement.silent or judgement.unknown:
            return self._silent(question, judgement.silent, judgement.unknown, shown, names)
        missing = self._missing(question, judgement, shown) if status == "partial" and judgement.missing else None
        if status == "partial" and (hinted := self._hinted(question, shown, names)):
            return f"{hinted} {missing}" if missing else hinted
        if missing:
            return missing
        if status == "partial":
            return absent or say(language, f"no_{judgement.fact}" if judgement.fact else "near")
        return absent if question.wanted != "link" else None

    def _silent(
        self,
        question: Question,
        silent: Sequence[str],
        unknown: Sequence[str],
        shown: Sequence[Citation],
        names: dict[str, str],
    ) -> str:
        language = question.language
        hinted = {ident: hint for hint, ident in question.hinted}
        unfetched = {s.speaker for s in self._retriever.index.catalogue.sources() if s.state == "not_fetched"}
        key = "speaker_silent" if set(silent) & self._speaking or unknown else "speaker_absent"
        if set(silent) & unfetched - set(hinted) and not unknown:
            key = "speaker_silent_unfetched"
        if set(silent) & set(hinted):
            key = "speaker_absent"
        others = list(dict.fromkeys(names.get(c.speaker or "", say(language, "unknown")) for c in shown))
        asked = [*(hinted.get(ident, names[ident]) for ident in silent), *unknown]
        said = say(language, key, len(asked), asked=listed(language, asked))
        said = f"{said} {say(language, 'others', len(others), others=listed(language, others))}"
        return said[0].upper() + said[1:]

    def _hinted(self, question: Question, shown: Iterable[Citation], names: dict[str, str]) -> str | None:
        """Return whose words those are that come up for a name to which nothing is attributed."""
        speaking = {c.speaker for c in shown}
        found = [(hint, ident) for hint, ident in question.hinted if ident in speaking]
        if not found:
            return None
        asked = [hint for hint, _ in found]
        others = list(dict.fromkeys(names[ident] for _, ident in found))
        language = question.language
        said = say(language, "hinted", len(asked), asked=listed(language, asked), others=listed(language, others))
        return said[0].upper() + said[1:]

    def _missing(self, question: Question, judgement: Judgement, shown: Sequence[Citation]) -> str:
        language = question.language
        words = [as_typed(word, question.text) for word in judgement.missing]
        if question.wanted == "link":
            return say(language, "no_link", missing=listed(language, [f"‘{word}’" for word in words]))
        if there := _instead(judgement.missing, question, shown):
            return say(
                language, "instead", missing=listed(language, words), there=listed(language, there),
            )  # fmt: skip
        return say(language, "missing", missing=listed(language, [f"‘{word}’" for word in words]))

    def named_but_absent(self, question: Question) -> str | None:
        """Return what to say where the question names a source that was not fetched, by its publisher or its title."""
        if question.wanted == "link":
            return None
        text = question.text.casefold()
        terms = set(analysis.terms(question.text))
        for title, publisher, telling in self._absent_sources:
            if (publisher and publisher in text) or telling & terms:
                return say(question.language, "source_absent", title=title)
        return None

    @cached_property
    def _speaking(self) -> frozenset[str | None]:
        return self._retriever.index.catalogue.speaking()

    @cached_property
    def _absent_sources(self) -> tuple[tuple[str, str | None, frozenset[str]], ...]:
        """(title, publisher where it tells the source, telling terms of the title) of every source without a text."""
        catalogue = self._retriever.index.catalogue
        sources = catalogue.sources()
        there = {source.publisher for source in sources if source.documents}
        names = {name.casefold() for s in self._retriever.reader.speakers for name in s.names}
        found = []
        for source in sources:
            if source.documents or source.state == "stands_in":
                continue
            publisher = (source.publisher or "").casefold()
            if source.publisher in there or publisher in names:
                publisher = ""
            words = [t for t in analysis.tokens(source.title.split(":")[0]) if len(t.surface) >= _TELLING_TITLE]
            telling = {token.term for token in words}
            telling -= set(catalogue.frequencies(sorted(telling))) if telling else set()
            found.append((source.title, publisher or None, frozenset(telling)))
        return tuple(found)


def as_typed(phrase: str, question: str) -> str:
    """Return folded words as the question has them; a country gets its capital all the same."""
    raw = re.findall(r"[^\W_][\w’'-]*", question)
    size = len(phrase.split())
    runs = (raw[place : place + size] for place in range(len(raw) - size + 1))
    found = next((run for run in runs if analysis.words(" ".join(run)) == phrase.split()), phrase.split())
    places = {word: name for word, name in countries_in(question).items() if name in phrase}
    return " ".join(word[0].upper() + word[1:] if word.casefold() in places else word for word in found)


def _instead(missing: Sequence[str], question: Question, shown: Sequence[Citation]) -> list[str]:
    """Return the countries, or the years, that the first quote speaks of where others were asked for; [] where that is no matter."""
    if not shown:
        return []
    quote = shown[0].quote
    if all(_YEAR.fullmatch(word) for word in missing):
        return list(dict.fromkeys(_YEAR.findall(quote)))
    asked = countries_in(question.text)
    if not all(word in asked for word in missing):
        return []
    there = speaks_of_another(question.text, quote)
    if there is None:
        return []
    names, _ = countries()[there]
    return [names[-1] if question.language == "en" and len(names) == _BOTH else names[0]]

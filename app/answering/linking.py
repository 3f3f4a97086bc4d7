"""Questions about links: "Waar kan ik het tussenverslag lezen?"."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from app import analysis
from app.index.catalogue import Catalogue, from_blobs
from app.passages import Link
from app.retrieval import Question, RankedSentence, Retriever

_LEAST = 0.3
# What a word of the name of a speaker weighs, in nats.
_NAME = 2.0
# What is written about something, and is not that thing: a link to an advice on the Pact is none to the Pact.
_ABOUT = re.compile(
    r"^\W*(?:het |de |the |an? )?(?:advies|opinie|infographic|brief|brieven|artikel|reactie|factsheet|nieuws\w*|analyse|advice|advisory|opinion"
    r"|letters?|article|response|analysis)\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\b(?:over|meer|about|on|more|achtergrond\w*|informatie|information|artikel\w*|article|bron|source)\b",
    re.IGNORECASE,
)
_SAYS_MUCH = 0.6
# "opinie" of "opiniestuk".
_PREFIX = 5


@dataclass(frozen=True, slots=True)
class Linked:
    """The sentence that carries a link, and the words of the question for the thing itself that the link does not lead to."""

    carrier: RankedSentence
    lacking: tuple[str, ...] = ()


def link_evidence(
    retriever: Retriever,
    question: Question,
    ranked: Sequence[RankedSentence],
    vector: NDArray[np.float32],
    sources: Sequence[str],
) -> Linked | None:
    """Return the sentence that carries the link which the question asks for, or None where no link fits."""
    asked = _asked(retriever, question)
    best: tuple[float, int, Link, frozenset[str]] | None = None
    for row, link, present in _links(retriever.index.catalogue):
        score = sum(weight for terms, weight in asked if not terms.isdisjoint(present))
        if best is None or score > best[0]:
            best = (score, row, link, present)
    total = sum(weight for _, weight in asked)
    if best is None or not total or best[0] < _LEAST * total:
        return None
    _, row, link, present = best
    carrier = _carrier(retriever, question, ranked, row, link, vector)
    return Linked(carrier, _lacking(retriever.index.catalogue, question, link, present)) if carrier else None


def _lacking(catalogue: Catalogue, question: Question, link: Link, present: frozenset[str]) -> tuple[str, ...]:
    """Return what a question wants the link of, where the link is of something else."""
    things = [c for c in question.concepts if analysis.stem(c.surface) not in _ABOUT_LINKS and not c.names_speaker]
    host = urlsplit(link.url).hostname or ""
    unknown = [
        c
        for c in things
        if not c.is_whole
        and c.information >= _SAYS_MUCH
        and present.isdisjoint(c.forms)
        and c.surface not in host
        and not any(len(term) >= _PREFIX and c.surface.startswith(term) for term in present)
    ]
    if unknown:
        return tuple(c.called for c in unknown)
    title = next((s.title for s in catalogue.sources() if s.url == link.url), link.text)
    kind = _ABOUT.match(title)
    if kind is None or _ON.search(question.text) or question.mentioned:
        return ()
    asked = analysis.words(question.text)
    if any(word.startswith(part[:_PREFIX]) for part in analysis.words(kind.group()) for word in asked):
        return ()
    return tuple(c.called for c in things if c.kind == "name" and c.surface not in host)


@lru_cache(maxsize=2)
def _links(catalogue: Catalogue) -> list[tuple[int, Link, frozenset[str]]]:
    """Return every link with its document's row and the terms by which people call it; read once for a version."""
    titles = {s.url: f"{s.title} {s.publisher or ''}" for s in catalogue.sources() if s.url}

    def called(link: Link) -> frozenset[str]:
        words = f"{link.text} {titles.get(link.url, '')} {urlsplit(link.url).hostname or ''}"
        return frozenset(sys.intern(term) for term in analysis.terms(words))

    return [(row, link, called(link)) for row, links in catalogue.linked() for link in links]


def _asked(retriever: Retriever, question: Question) -> list[tuple[frozenset[str], float]]:
    """Return what is asked for: (the terms that stand for it, its weight) of each concept and name."""
    asked = {analysis.stem(c.surface): (frozenset(c.forms), c.weight) for c in question.concepts}
    # The name of a speaker is no concept of a question, but may be the very name of the document it wants.
    for term in analysis.terms(question.text):
        asked.setdefault(term, (frozenset({term}), 1.0))
    found = [entry for term, entry in asked.items() if term not in _ABOUT_LINKS]
    # Whoever is named in another language is meant by its own name.
    for speaker in retriever.reader.speakers:
        if speaker.id in question.mentioned:
            found += [(frozenset({term}), _NAME) for term in analysis.terms(speaker.name)]
    return found


_ABOUT_LINKS = frozenset(
    analysis.stem(word)
    for word in "link links linkje url website webadres webpagina internetadres artikel artikelen lezen nalezen teruglezen vinden terugvinden "
    "terugkijken opzoeken bekijken inzien downloaden openen online bron bronnen pagina genoemd noemt verwijst adres staat zelf volledig volledige "
    "hele tekst document stuk internet where read find found look see download can could may what which article source sources page link "
    "the and mentioned itself full text whole document online web website address myself".split()
)


def _carrier(
    retriever: Retriever,
    question: Question,
    ranked: Sequence[RankedSentence],
    row: int,
    link: Link,
    vector: NDArray[np.float32],
) -> RankedSentence | None:
    for candidate in ranked:
        sentence = candidate.sentence
        if (
            candidate.document_row == row
            and sentence.start < link.end
            and link.start < sentence.end
            and sentence.kind != "heading"
        ):
            return candidate
    catalogue = retriever.index.catalogue
    found = catalogue.rows(
        'SELECT d.id, s.ordinal FROM sentences s JOIN documents d ON d.number = s.document WHERE s.document = ? AND s.start < ? '
        'AND s."end" > ? AND s.kind != ? ORDER BY s.ordinal',
        row, link.end, link.start, "heading",
    )  # fmt: skip
    carriers = [catalogue.sentences(row, ident, ordinal, ordinal)[0] for ident, ordinal in found]
    if not carriers:
        return None
    cosines = from_blobs([c[1] for c in carriers]) @ vector
    place = int(cosines.argmax())
    return RankedSentence.surely(carriers[place][0], row, float(cosines[place]))

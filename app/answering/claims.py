"""Finds whose claim a clause is: "het kabinet wil …" is the cabinet's, whoever writes it."""

from collections.abc import Iterable, Sequence

from app import analysis
from app.answering.clauses import FIRST_PERSON, Clause
from app.answering.meaning import claiming
from app.answering.words import Word

SOURCES = frozenset(("volgens", "aldus", "according", "namens"))

TURNING = frozenset("maar terwijl hoewel but while whereas although though daarentegen".split())

_SUBORDINATING = frozenset(("dat", "that", "of", "whether", "omdat", "because"))


def claimed(found: list[Clause], speaker_terms: Iterable[str]) -> list[Clause]:
    """Enter whose claim each clause is, and return them: who claims in it last, and else who claimed first before it."""
    light = frozenset(speaker_terms)
    owner: tuple[str, ...] = ()
    sentence = -1
    for clause in found:
        if clause.sentence != sentence:
            owner, sentence = (), clause.sentence
        claims = _claims(clause, light)
        if not claims and (clause.opening in TURNING or clause.first_person):
            owner = ()
        clause.owner = claims[-1] if claims else owner
        owner = claims[0] if claims else owner
        clause.speaker_acts = _speaker_acts(clause, light)
    return found


def _speaker_acts(clause: Clause, light: frozenset[str]) -> bool:
    named = [word for word in clause.words if _is_speaker(word, light) and word.prepared is None]
    if not named or any(word.folded in SOURCES for word in clause.words[: clause.words.index(named[0])]):
        return False
    return not any(
        (word.reporting or word.folded in claiming()) and _subject(clause.words, place, light) == ()
        for place, word in enumerate(clause.words)
    )


def _claims(clause: Clause, light: frozenset[str]) -> list[tuple[str, ...]]:
    """Return who claims something in a clause, the outermost first; () is the speaker."""
    words = clause.words
    found: list[tuple[str, ...]] = []
    named: list[Word] = []
    for place, word in enumerate(words):
        if word.folded in SOURCES:
            for after in words[place + 1 : place + 6]:
                if _is_speaker(after, light) or after.folded in FIRST_PERSON:
                    found.insert(0, ())
                    named += [w for w in words[place + 1 : place + 6] if _is_speaker(w, light)]
                    break
                if after.content:
                    found.append(key(after))
                    named.append(after)
                    break
        elif word.reporting or word.folded in claiming():
            others = [w for w in words if w not in named or w is word]
            subject = _subject(others, others.index(word), light)
            if subject is not None:
                found.append(subject)
    return found


def _subject(words: Sequence[Word], place: int, light: frozenset[str]) -> tuple[str, ...] | None:
    """Return who does the claiming of a verb: () the speaker, None where nobody is found.

    It is the first who can be: after the last "dat" before the verb, and else right behind the verb.
    """
    start = max((i + 1 for i, word in enumerate(words[:place]) if word.folded in _SUBORDINATING), default=0)
    for word in (*words[start:place], *words[place + 1 : place + 4]):
        if word.folded in FIRST_PERSON or _is_speaker(word, light):
            return ()
        named = word.acts or (word.determined and word.content and not word.verbal and not word.poles)
        if named and word.prepared in (None, "by"):
            at = words.index(word)
            beside = [words[i] for i in (at - 2, at - 1, at + 1, at + 2) if 0 <= i < len(words)]
            titled = [
                near for near in beside if near.acts and near.prepared == word.prepared and not _is_speaker(near, light)
            ]
            return tuple(dict.fromkeys(name for actor in (word, *titled) for name in key(actor)))
    return None


def _is_speaker(word: Word, light: frozenset[str]) -> bool:
    terms = analysis.terms(word.raw)
    return bool(terms) and word.raw[0].isupper() and all(term in light for term in terms)


def key(word: Word) -> tuple[str, ...]:
    """Return what identifies an actor."""
    return word.agents or (word.lemma,)

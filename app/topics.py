"""Groups questions by topic, so that the same question in other words counts as one thing that people want to know."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.analysis import information
from app.records import AskedQuestion
from app.retrieval.question import content_tokens

# Two questions are one topic when their common terms, weighed by what their words say, are at least this share of all their terms.
_ALIKE = 0.45
_LABEL_TERMS = 3
# A rare word this near to a frequent one is the same, mistyped.
_TYPED_ALIKE = 88
_SHORTEST_MENDED = 6
Terms = frozenset[str]


@dataclass(slots=True)
class Topic:
    """Questions about one thing. ``label`` are the words they share, ``example`` the question asked most."""

    label: str
    example: str
    questions: list[AskedQuestion] = field(default_factory=list)

    def count(self, status: str) -> int:
        """Return how many of the questions had an answer of this status."""
        return sum(asked.status == status for asked in self.questions)


def topics(questions: Sequence[AskedQuestion], names: Collection[str] = ()) -> list[Topic]:
    """Return the topics of the questions, the one asked about most first.

    ``names`` are terms that make no topic: whose words are asked for is not what is asked.
    """
    surfaces: dict[str, Counter[str]] = defaultdict(Counter)
    read: dict[tuple[str, str], dict[str, str]] = {}
    for asked in questions:
        key = (asked.question, asked.language)
        if key not in read:
            read[key] = _terms(*key, names)
        for term, surface in read[key].items():
            surfaces[term][surface] += 1
    termed = [frozenset(read[asked.question, asked.language]) for asked in questions]
    alike = _mended(Counter(term for terms in termed for term in terms))
    sets = [frozenset(alike.get(term, term) for term in terms) for terms in termed]
    members: dict[Terms, list[AskedQuestion]] = defaultdict(list)
    for terms, asked in zip(sets, questions, strict=True):
        members[terms].append(asked)
    weights = {term: _weight(found, {asked.language for asked in questions}) for term, found in surfaces.items()}
    found = [
        _topic([asked for terms in group for asked in members[terms]], group, members, weights, surfaces)
        for group in _groups(members, weights)
    ]
    return sorted(found, key=lambda topic: (-len(topic.questions), topic.label))


def _terms(question: str, language: str, names: Collection[str]) -> dict[str, str]:
    """Return the terms of a question, each with the word that it came from."""
    found = {token.term: token.surface for token in content_tokens(question, language)}
    return {term: surface for term, surface in found.items() if term not in names} or found


def _weight(surfaces: Counter[str], languages: Collection[str]) -> float:
    """Return what a term says in general. How often it is asked says nothing: what everybody asks about is a topic still."""
    [(word, _)] = surfaces.most_common(1)
    # Squared, so that "krijg" and "aanvragen" do not keep two questions about huurtoeslag apart.
    return float(min(information(word, language) for language in languages) ** 2)


def _mended(frequencies: Counter[str]) -> dict[str, str]:
    """Return for terms that look mistyped the more frequent term that was meant."""
    from rapidfuzz import fuzz, process

    found: dict[str, str] = {}
    by_start: dict[str, list[str]] = defaultdict(list)
    for term, _ in frequencies.most_common():
        if len(term) < _SHORTEST_MENDED or term[0].isdigit():
            continue
        start = by_start[term[0]]
        near = process.extractOne(term, start, scorer=fuzz.ratio, score_cutoff=_TYPED_ALIKE)
        if near is None:
            start.append(term)
        else:
            found[term] = near[0]
    return found


def _groups(members: Mapping[Terms, list[AskedQuestion]], weights: Mapping[str, float]) -> list[list[Terms]]:
    """Put sets of terms that are alike together; the most frequent sets lead, the others follow the one that they are most like."""
    leaders: list[Terms] = []
    groups: dict[Terms, list[Terms]] = {}
    having: dict[str, list[Terms]] = defaultdict(list)
    for terms in sorted(members, key=lambda terms: (-len(members[terms]), sorted(terms))):
        near = {leader for term in _telling(terms, weights) for leader in having[term]}
        best = max(near, key=lambda leader: (_likeness(terms, leader, weights), sorted(leader)), default=None)
        if best is not None and _likeness(terms, best, weights) >= _ALIKE:
            groups[best].append(terms)
            continue
        leaders.append(terms)
        groups[terms] = [terms]
        for term in terms:
            having[term].append(terms)
    return [groups[leader] for leader in leaders]


def _telling(terms: Terms, weights: Mapping[str, float]) -> list[str]:
    """Return the terms that say most, of which any set that is alike has one: what the others weigh is not enough."""
    rest = sum(weights[term] for term in terms)
    least = _ALIKE * rest
    found = []
    for term in sorted(terms, key=lambda term: (-weights[term], term)):
        if rest < least:
            break
        found.append(term)
        rest -= weights[term]
    return found


def _likeness(one: Terms, two: Terms, weights: Mapping[str, float]) -> float:
    whole = sum(weights[term] for term in one | two)
    return sum(weights[term] for term in one & two) / whole if whole else 1.0


def _topic(
    questions: list[AskedQuestion],
    group: Sequence[Terms],
    members: Mapping[Terms, list[AskedQuestion]],
    weights: Mapping[str, float],
    surfaces: Mapping[str, Counter[str]],
) -> Topic:
    said: dict[str, float] = defaultdict(float)
    for terms in group:
        for term in terms:
            said[term] += len(members[terms]) * weights[term]
    telling = sorted(said, key=lambda term: (-said[term], term))[:_LABEL_TERMS]
    named = [surfaces[term].most_common(1)[0][0].replace("_", " ") for term in telling]
    [(example, _)] = Counter(" ".join(asked.question.split()) for asked in questions).most_common(1)
    return Topic(", ".join(named) or example[:60], example, questions)

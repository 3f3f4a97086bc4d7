"""Finds for each clause of a statement the clause of the evidence that says it, or the reason why there is none.

A clause rests on one clause of the evidence, with what goes before in the same sentence; numbers, opposites, negation,
obligation, quantities, actors and whose claim it is must agree.
"""

from collections.abc import Iterable

from app import analysis
from app.answering.agreement import (
    amount_fault,
    contrast_fault,
    force_fault,
    negation_fault,
    opposite_fault,
    owner_fault,
)
from app.answering.clauses import Clause
from app.answering.matching import Evidence, Found, Matcher
from app.answering.standing import count_fault, number_fault, rival_fault, role_fault

# How much of a clause, by the information of its words, may stand nowhere.
_SPARE, _SPARE_ACROSS = 0.12, 0.3


def home_of(said: Clause, evidence: Evidence, matcher: Matcher, language: str) -> int | str:
    """Return the number of the clause of the evidence that says what a clause of a statement says, or why there is none."""
    faults: list[tuple[int, str]] = []
    for place in range(len(evidence.clauses)):
        steps = _faults(said, place, evidence, matcher, language)
        for passed, fault in enumerate(steps):
            if fault is not None:
                faults.append((passed, fault))
                break
        else:
            return place
    # The clause that came nearest says best what is wrong.
    return max(faults, key=lambda fault: fault[0])[1] if faults else "unsupported"


def _faults(said: Clause, place: int, evidence: Evidence, matcher: Matcher, language: str) -> Iterable[str | None]:
    home = evidence.clauses[place]
    before = _context(place, evidence)
    found = Found.of(said, home, before, matcher)
    at_home = found.at_home or any(one.same(other) for one in said.numbers for other in home.numbers)
    yield None if at_home else "unsupported"
    yield _support(said, found, language, across=matcher.across)
    yield number_fault(said, home, before)
    yield count_fault(said, home, before, matcher)
    yield contrast_fault(said, home, evidence)
    yield rival_fault(said, home, before, found)
    used = [home, *(clause for clause in before if found.rests_on(clause))]
    yield opposite_fault(said, used, found)
    yield negation_fault(said, used, found)
    yield force_fault(said, used, evidence, across=matcher.across)
    yield amount_fault(said, used)
    yield owner_fault(said, used, evidence)
    # In one language the order of the whole proposition tells who does what to whom, and tells it better (rewording).
    yield role_fault(found) if matcher.across else None


def _context(place: int, evidence: Evidence) -> list[Clause]:
    """Return the clauses that go before in the same sentence, and the sentence before where this one leans on it."""
    home = evidence.clauses[place]
    before = [clause for clause in evidence.clauses[:place] if clause.sentence == home.sentence]
    opening = (before or [home])[0].words[0].folded
    if opening in _LEANING or any(word.folded in _POINTING for word in home.words):
        before = [c for c in evidence.clauses[:place] if c.sentence == home.sentence - 1] + before
    return before


_LEANING = frozenset(
    "dit dat deze die daardoor daarom hierdoor zij ze hij dat's this that these those they it therefore".split()
)

_POINTING = frozenset(
    "daardoor daarvan daar hierdoor hiervan daaraan daarmee daarvoor hiermee hen hun thereby therefore them their".split()
)


def _support(said: Clause, found: Found, language: str, *, across: bool) -> str | None:
    if any(word.capital for word in found.missing):
        return "name"
    if any(word.poles or word.agents or word.same for word in found.missing):
        return "unsupported"
    weights = {id(word): analysis.information(word.folded, language) for word in said.content}
    total = sum(weights.values())
    lost = sum(weights[id(word)] for word in found.missing)
    return "unsupported" if total and lost / total > (_SPARE_ACROSS if across else _SPARE) else None

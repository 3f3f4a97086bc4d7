"""What must agree between a statement's clause and the clauses it rests on: opposites, negation, force, quantity, whose claim."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.answering.clauses import Clause
from app.answering.matching import Evidence, Found

_BOTH_WAYS = ("only", "some", "most", "often", "rarely", "mainly", "hardly", "nearly", "exempt", "refuse", "attempt")

_FORCES = ("must", "should", "may", "can", "need", "hedge", "want", "explore", "expect", "would")

# What the evidence must hold where a statement holds the first: any of these, in one language and across.
_NEEDS = {
    "must": ("must",), "should": ("should", "must", "want"), "may": ("may",), "can": ("can", "may"), "need": ("need",),
    "hedge": ("hedge", "can", "would"), "want": ("want", "should", "must"), "explore": ("explore",), "expect": ("expect",),
    "would": ("would", "should", "hedge", "want", "can", "if"),
}  # fmt: skip

# What a statement must hold where the evidence holds the first.
_KEEPS = {
    "must": ("must", "should", "want"), "should": ("should", "want"), "may": ("may",), "can": ("can", "hedge"),
    "need": ("need",), "hedge": ("hedge", "would"), "want": ("want",), "explore": ("explore",), "expect": ("expect",),
    "would": ("would", "should", "hedge", "can", "want"),
}  # fmt: skip

_ACROSS = {"may": ("can",), "can": ("may",)}


def opposite_fault(said: Clause, used: Sequence[Clause], found: Found) -> str | None:
    """A word of a pair of opposites must stand for the same side, and not beside its opposite."""
    own = {pole for word in said.content for pole in word.poles}
    for clause in used:
        there = {pole for word in clause.words for pole in word.poles}
        for pole in own:
            axis = pole.split(":")[0]
            if axis == "giving":
                continue
            rest = {p for p in there if p.split(":")[0] == axis and p != pole}
            if rest and not rest <= own and pole not in there:
                return "opposite"
    for word, here, earlier in found.words.values():
        directions = {other.prepared for other in (here or earlier) if other.prepared in ("from", "to")}
        if word.prepared in ("from", "to") and directions and word.prepared not in directions:
            return "role"
        for preposition in ("without", "within", "outside", "above", "under", "against", "after"):
            others = {other.prepared for other in (here or earlier)}
            if (word.prepared == preposition) != (preposition in others) and (
                len(others) == 1 or word.prepared == preposition
            ):
                return "opposite"
    return None


def negation_fault(said: Clause, used: Sequence[Clause], found: Found) -> str | None:
    """Negation must be there on both sides or on neither; what "niet X maar Y" denies may not be said."""
    for word, here, earlier in found.words.values():
        others = here or earlier
        if all(other.denied for other in others) and not (word.denied or said.marks["negation"]):
            return "negation"
        if word.denied and not any(other.denied or any(c.marks["negation"] for c in used) for other in others):
            return "negation"
    if any(word.folded == "wel" for word in used[0].words):
        used = used[:1]  # "Treinen mogen dat niet; bussen wel."
    own, there = said.marks["negation"], sum(clause.marks["negation"] for clause in used)
    denied = any(w.denied for _, here, earlier in found.words.values() for w in (here or earlier))
    if own and denied:
        return None
    return None if (own > 0) == (there > 0) and own % 2 == there % 2 else "negation"


def force_fault(said: Clause, used: Sequence[Clause], evidence: Evidence, *, across: bool) -> str | None:
    """Obligation, permission, ability, wish and doubt must be there on both sides, in one strength."""
    there: Counter[str] = sum((clause.marks for clause in used), Counter())
    for force in _FORCES:
        wanted = _NEEDS[force] + (_ACROSS.get(force, ()) if across else ())
        if (
            said.marks[force]
            and not any(there[name] for name in wanted)
            and not (force == "want" and evidence.is_heading)
        ):
            return "obligation"
        kept = _KEEPS[force] + (_ACROSS.get(force, ()) if across else ())
        if there[force] and not any(said.marks[name] for name in kept):
            return "obligation"
    return None


def amount_fault(said: Clause, used: Sequence[Clause]) -> str | None:
    """Words such as "sommige", "vaak", "alleen" and their like must be there on both sides; "alle" may be left out and not be added."""
    there: Counter[str] = sum((clause.marks for clause in used), Counter())
    if any(bool(said.marks[name]) != bool(there[name]) for name in _BOTH_WAYS):
        return "quantifier"
    if said.marks["all"] and not there["all"]:
        return "quantifier"
    return "quantifier" if said.marks["not_only"] and not there["not_only"] else None


def owner_fault(said: Clause, used: Sequence[Clause], evidence: Evidence) -> str | None:
    """What somebody else is said to claim may not become the speaker's own claim, nor the other way round."""
    if not any(set(said.owner) & set(clause.owner) or said.owner == clause.owner for clause in used):
        return "attribution"
    if said.speaker_acts and not any(clause.first_person for clause in used):
        return "attribution"
    return None


def contrast_fault(said: Clause, home: Clause, evidence: Evidence) -> str | None:
    """Where a sentence sets two cases side by side, a statement on one of them must say which: "in een goed geïsoleerd huis"."""
    own = {pole.split(":")[0] for word in said.words for pole in word.poles}
    here = {pole for word in home.words for pole in word.poles}
    for clause in evidence.clauses:
        if clause is home or clause.sentence != home.sentence:
            continue
        there = {pole for word in clause.words for pole in word.poles}
        turned = {
            axis
            for axis, side in (p.split(":") for p in here)
            if f"{axis}:{1 - int(side)}" in there and f"{axis}:{side}" not in there
        }
        if own & turned and not turned <= own:
            return "condition"
    return None


def condition_fault(said: Sequence[Clause], evidence: Evidence, rests_on: Iterable[int]) -> str | None:
    """Return "condition" where a statement leaves out the if or the unless of a sentence that it rests on, or adds one."""
    sentences = set(rests_on)
    there = [clause for clause in evidence.clauses if clause.sentence in sentences]
    for name in ("if", "unless"):
        if any(clause.marks[name] for clause in there) != any(clause.marks[name] for clause in said):
            return "condition"
    return None


def cause_fault(said: Sequence[Clause], evidence: Evidence, homes: Sequence[int]) -> str | None:
    """Return "cause" where a statement makes something the cause of something else that its evidence does not."""
    if not any(clause.marks["cause"] for clause in said):
        return None
    if not any(clause.marks["cause"] for clause in evidence.clauses):
        return "cause"
    for clause, home in zip(said, homes, strict=True):
        there = evidence.clauses[home]
        if clause.reason and there.result and not there.reason:
            return "cause"
        if there.reason and clause.result and not clause.reason:
            return "cause"
        if clause.reason and not there.reason and not any(c.result for c in evidence.clauses):
            return "cause"
    return None

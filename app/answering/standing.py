"""Where numbers and actors stand to one another: 14% beside 2024, and who has agreements with whom."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from app.answering.clauses import Clause
from app.answering.matching import Found, Matcher, converse
from app.answering.quantities import Quantity, conflicting
from app.answering.words import Word


def number_fault(said: Clause, home: Clause, before: Sequence[Clause]) -> str | None:
    """Every number must stand in the evidence, with its unit and what qualifies it, beside the same other numbers."""
    standing: list[tuple[Quantity, Clause, Quantity]] = []
    for number in said.numbers:
        there = [
            (number, clause, other) for clause in (home, *before) for other in clause.numbers
            if number.same(other) and number.strict == other.strict and not conflicting(number.loose, other.loose)
        ]  # fmt: skip
        if not there:
            return "number"
        standing.append(
            next((entry for entry in there if all(entry[2] is not taken for *_, taken in standing)), there[0])
        )
    used = [id(other) for *_, other in standing]
    for number, clause, _ in standing:
        rivals = [n for n in home.numbers if n.kind == number.kind and id(n) not in used]
        if clause is not home and rivals:
            return "number"
    pairs = combinations(standing, 2)
    return None if all(_together(one, other, standing) for one, other in pairs) else "number"


def _together(
    one: tuple[Quantity, Clause, Quantity],
    other: tuple[Quantity, Clause, Quantity],
    standing: Sequence[tuple[Quantity, Clause, Quantity]],
) -> bool:
    """Whether two numbers of a statement belong together in its evidence as they do there: 2023 with 0%, 2024 with 14%."""
    (own, clause, there), (own_too, clause_too, there_too) = one, other
    if own.kind == own_too.kind:
        if clause is not clause_too or there.place < there_too.place:
            return True
        rest = [entry for entry in standing if entry[0].kind != own.kind and entry[1] is clause]
        return any(a[0].kind == b[0].kind and a[2].place > b[2].place for a, b in combinations(rest, 2))
    if clause is clause_too:
        return _nearest(there, there_too, clause) or not _nearest_said(own, own_too, [entry[0] for entry in standing])
    kinds = {own.kind, own_too.kind}
    both = all(kinds <= {number.kind for number in c.numbers} for c in (clause, clause_too))
    return not both or not _nearest_said(own, own_too, [entry[0] for entry in standing])


def _nearest(one: Quantity, other: Quantity, clause: Clause) -> bool:
    return _alone_nearest(one, other, clause.numbers) or _alone_nearest(other, one, clause.numbers)


def _nearest_said(one: Quantity, other: Quantity, numbers: Sequence[Quantity]) -> bool:
    return _alone_nearest(one, other, numbers) or _alone_nearest(other, one, numbers)


def _alone_nearest(one: Quantity, other: Quantity, numbers: Sequence[Quantity]) -> bool:
    distance = abs(one.place - other.place)
    return all(abs(one.place - n.place) > distance for n in numbers if n.kind == other.kind and n is not other)


def count_fault(said: Clause, home: Clause, before: Sequence[Clause], matcher: Matcher) -> str | None:
    """What is counted must be what the evidence counts by that number."""
    for number in said.numbers:
        if number.kind != "count":
            continue
        after = [word for word in said.words[number.place + number.length :][:2] if word.content]
        for word in after[:1]:
            by = {
                other.value for clause in (home, *before) for other in clause.numbers if other.kind == "count"
                for near in clause.words[other.place + other.length :][:2] if matcher.matches(word, near)
            }  # fmt: skip
            if by and number.value not in by:
                return "number"
    return None


def rival_fault(said: Clause, home: Clause, before: Sequence[Clause], found: Found) -> str | None:
    """Where something comes from before, the home clause must have no subject of its own that the statement leaves out."""
    named = {id(other) for _, here, earlier in found.words.values() for other in (*here, *earlier)}
    carried = [(word, earlier) for word, here, earlier in found.words.values() if earlier and not here]
    if not carried:
        return None
    if any(
        (other.acts or (other.determined and other.content and not other.verbal))
        and id(other) not in named
        and other.prepared is None
        for other in home.words
    ):
        return "actor"
    for word, earlier in carried:
        if (
            word.acts
            and word.prepared in ("with", "to", "from", "against", "about")
            and all(word.prepared != o.prepared for o in earlier)
        ):
            return "role"
    return None


def role_fault(found: Found) -> str | None:
    """Who does something to whom stays so: of two actors or nouns the order, and what governs them."""
    matched = sorted(found.words.values(), key=lambda entry: entry[0].place)
    turned_about = any(converse(word, other) for word, here, earlier in matched for other in (here or earlier))
    placed = [(word, (here or earlier)[0]) for word, here, earlier in matched if len(here or earlier) == 1]
    nouns = [(w, o) for w, o in placed if not (w.verbal or o.verbal) and (_noun(w) or _noun(o))]
    if any((word.prepared == "than") != (other.prepared == "than") for word, other in placed if not other.verbal):
        return "role"
    moved = {id(w): w.prepared != o.prepared and "by" not in (w.prepared, o.prepared) for w, o in nouns}
    if turned_about and any(word.acts and not moved[id(word)] for word, _ in nouns):
        return "role"
    for one, other in combinations(nouns, 2):
        if fault := _turned(one, other, moved, turned_about=turned_about):
            return fault
    return None


def _turned(
    one: tuple[Word, Word], two: tuple[Word, Word], moved: Mapping[int, bool], *, turned_about: bool
) -> str | None:
    """Return what is wrong with the places of two nouns, each given as (word of the statement, word of the evidence)."""
    (word, there), (word_too, there_too) = one, two
    if word.acts and word_too.acts and word_too.place - word.place == 1 and abs(there_too.place - there.place) > 2:
        return "name"  # "Minister Bakker" of "minister De Vries aan burgemeester Bakker".
    if there.clause != there_too.clause or turned_about:
        return None
    passive = any((w.prepared == "by") != (o.prepared == "by") for w, o in (one, two))
    kept = any(w.prepared is not None and w.prepared == o.prepared for w, o in (one, two))
    if there.place > there_too.place and not kept and not passive:
        return "role"
    acting = (word.acts or there.acts) and (word_too.acts or there_too.acts)
    return "role" if acting and moved[id(word)] and moved[id(word_too)] else None


def _noun(word: Word) -> bool:
    """Whether a word is likely a noun: an actor, after an article or a preposition, or a plural."""
    if word.acts or (word.determined and not word.same):
        return True
    if word.poles or word.same:
        return False
    return word.prepared is not None or (word.lemma != word.folded and word.folded.endswith(("en", "s")))

"""Holds a statement to the wording of its evidence: each of its propositions must be one of the evidence's, whole.

Nothing may be left out of a proposition that could restrict it, nothing be added, and who does what to whom must stand in the
same order. What may differ is what does not change the meaning: the place of the verb, a phrase moved to the front, the tense of
telling, whole other propositions left out. Without a parser that is as close as one can read; what cannot be told falls.
"""

from collections.abc import Callable, Sequence

from app.answering.phrases import SUBJECTS
from app.answering.propositions import Proposition

Compare = Callable[[Proposition, Proposition], tuple[int, str] | None]


def rewording_fault(said: Sequence[Proposition], there: Sequence[Proposition], compare: Compare) -> str | None:
    """Return why a statement is no faithful rewording of its evidence, or None where it is one.

    ``compare`` returns how far two propositions agree and what is wrong then, or None where the first says the second.
    """
    if _dangling(said):
        return "reference"
    homes: list[Proposition] = []
    for proposition in said:
        home = _home(proposition, there, compare)
        if isinstance(home, str):
            return home
        homes.append(home)
    for proposition, home in zip(said, homes, strict=True):
        if proposition.opener and not any(
            other.sentence == home.sentence and abs(there.index(other) - there.index(home)) <= 2
            for one, other in zip(said, homes, strict=True)
            if not one.opener
        ):
            return "condition"
    for home in homes:
        for other in there:
            if (
                other.conditional
                and (other.sentence, other.group) == (home.sentence, home.group)
                and other not in homes
            ):
                return "condition"
    return None


def _home(said: Proposition, there: Sequence[Proposition], compare: Compare) -> Proposition | str:
    nearest = (-1, "unsupported")
    for number, home in enumerate(there):
        if said.opener != home.opener and not (home.asserted and said.opener == ""):
            fault: tuple[int, str] | None = (0, "condition")
        else:
            fault = compare(said, home)
            if fault is not None and (led := _led(number, there)) is not None:
                fault = compare(said, led) and fault
        if fault is None:
            return home
        nearest = max(nearest, fault, key=lambda entry: entry[0])
    return nearest[1]


def _led(number: int, there: Sequence[Proposition]) -> Proposition | None:
    """Return a proposition with the subject that it has from one before: "… en stuurt een plan", "maar zij krijgen geen geld"."""
    home = there[number]
    if not home.tokens or home.opener:
        return None
    pronoun = home.tokens[0].key in SUBJECTS
    if pronoun and not _sole_actor(there[:number], home):
        return None
    if not (pronoun or home.tokens[0].kind in ("verb", "auxiliary")) or home.joint in ("", ".", ";"):
        return None
    for before in reversed(there[:number]):
        if before.sentence != home.sentence:
            return None
        if lead := before.lead:
            tokens = [*lead, *home.tokens[pronoun:]]
            return Proposition(home.sentence, home.group, "", home.joint, tokens, english=home.english)
        if before.tokens and before.tokens[0].kind not in ("verb", "auxiliary"):
            return None
    return None


def _sole_actor(before: Sequence[Proposition], home: Proposition) -> bool:
    """Whether nobody but the subject of the proposition before can be meant by "zij"."""
    last = before[-1] if before else None
    if last is None or last.sentence != home.sentence or not last.lead:
        return False
    return [token.word.acts for token in last.tokens].count(True) == 1 and any(t.word.acts for t in last.lead)


def _dangling(found: Sequence[Proposition]) -> bool:
    """Whether a statement begins with a word that points at something outside it: "Dit is onjuist.\""""
    first = next((token for proposition in found for token in proposition.tokens), None)
    if first is None or first.word.folded not in _POINTING:
        return False
    tokens = found[0].tokens
    following = tokens[1] if len(tokens) > 1 else None
    return not found[0].opener and (following is None or following.kind in ("verb", "auxiliary"))


_POINTING = frozenset("dit dat deze die zij ze hij this that these those they he she it".split())

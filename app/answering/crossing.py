"""Compares a proposition with one in the other language: every word has its counterpart, on both sides and in order."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from app.answering.ordering import joined
from app.answering.phrases import INTENSIFIERS
from app.answering.propositions import Proposition
from app.answering.rewording import Compare
from app.answering.tokens import Token

Same = Callable[[Token, Token], bool]


def across_languages(matches: Same) -> Compare:
    """Return a comparison of a proposition with one in the other language, by what stands for what."""

    def compare(said: Proposition, home: Proposition) -> tuple[int, str] | None:
        own = [t for t in said.tokens if t.kind in _CARRYING]
        there = [t for t in home.tokens if t.kind in _CARRYING]
        met = [[i for i, other in enumerate(there) if _stands_for(token, other, matches)] for token in own]
        reached = sum(bool(places) for places in met)
        if any(not places for token, places in zip(own, met, strict=True) if token.key not in _LIGHT):
            return reached, "unsupported"
        covered = {i for places in met for i in places}
        chosen = {i for i, token in enumerate(home.rest) if any(there[j] is token for j in covered)}
        left = [token for i, token in enumerate(there) if i not in covered and not _loose(token)]
        left = [t for t in left if t.kind == "verb" or not joined(home.rest.index(t), home.rest, chosen)]
        light = sum(not places for places in met)
        if any(token.kind != "verb" for token in left) or len(left) > light:
            return reached, "left_out"
        # Two words of a statement say one word of the evidence only where they stand together: "family reunification".
        if len(own) > len(there) + 2:
            return reached, "unsupported"
        if fault := _small_fault(said, home, matches):
            return reached, fault
        return (reached, "role") if not _in_order(own, there, met) else None

    return compare


_CARRYING = ("content", "verb", "number", "speaker")


_LIGHT = frozenset("staan gaan liggen people make take get go show give way use thing mens maken doen persoon".split())


def _loose(token: Token) -> bool:
    return token.key in INTENSIFIERS or token.key in _LIGHT or token.optional


def _stands_for(token: Token, other: Token, matches: Same) -> bool:
    if "number" in (token.kind, other.kind) or "speaker" in (token.kind, other.kind):
        return token.kind == other.kind and token.key == other.key
    return matches(token, other)


# Small words that turn a sentence, in both languages.
_TURNING = {
    "niet": "not", "not": "not", "geen": "not", "no": "not", "niemand": "nobody", "nobody": "nobody", "niets": "nothing",
    "nothing": "nothing", "alles": "everything", "everything": "everything", "iedereen": "everyone", "everyone": "everyone",
    "alleen": "only", "slechts": "only", "enkel": "only", "only": "only", "enkele": "few", "few": "few", "meeste": "most",
    "most": "most", "alle": "all", "all": "all", "elke": "all", "every": "all", "zonder": "without", "without": "without",
    "dan": "than", "than": "than", "tegen": "against", "against": "against", "buiten": "outside", "outside": "outside",
    "sommige": "some", "some": "some", "binnen": "within", "within": "within",
}  # fmt: skip


def _small_fault(said: Proposition, home: Proposition, matches: Same) -> str | None:
    one, two = (
        [(_TURNING[t.word.folded], t) for t in p.tokens if t.word.folded in _TURNING and t.kind not in _CARRYING]
        for p in (said, home)
    )
    if Counter(name for name, _ in one) != Counter(name for name, _ in two):
        return "quantifier"
    if _scopes(said) != _scopes(home):
        return "negation"
    if home.several and _modals(said) != _modals(home):
        return "obligation"
    if any(name == "not" for name, _ in one) and home.several and one[0][1] is not said.tokens[0]:
        return "negation"  # In which of its clauses it stands cannot be told across languages.
    for name, token in one:
        if name != "not" and not any(
            _next_meet(token, other, said, home, matches) for again, other in two if again == name
        ):
            return "quantifier"
    return None


_MODALS = {
    "kunnen": "can", "can": "can", "could": "can", "moeten": "must", "must": "must", "should": "must", "mogen": "may",
    "may": "may", "willen": "want", "want": "want", "zullen": "will", "will": "will", "zouden": "would", "would": "would",
}  # fmt: skip


def _modals(proposition: Proposition) -> list[str]:
    return [_MODALS[token.key] for token in proposition.auxiliaries if token.key in _MODALS]


def _next_meet(token: Token, other: Token, said: Proposition, home: Proposition, matches: Same) -> bool:
    """Whether what follows a turning word says the same in both: "most villages" is not "most refugees"."""
    own, there = (
        [t for t in p.tokens[p.tokens.index(turning) + 1 :] if t.kind in _CARRYING][:2]
        for p, turning in ((said, token), (home, other))
    )
    return not (own and there) or any(_stands_for(a, b, matches) for a in own for b in there)


def _scopes(proposition: Proposition) -> list[tuple[str, str]]:
    """Return which turning word stands right before which: "niet alles"."""
    names = [_TURNING.get(token.word.folded, "") for token in proposition.tokens]
    return [(a, b) for a, b in pairwise(names) if a in ("not", "only") and b]


def _in_order(own: Sequence[Token], there: Sequence[Token], met: Sequence[Sequence[int]]) -> bool:
    """Whether the words but the verbs stand in one order."""
    placed = [
        (token, [i for i in places if there[i].kind != "verb"])
        for token, places in zip(own, met, strict=True)
        if token.kind != "verb"
    ]
    dates = sum(token.kind == "verb" for token in there) < 2
    placed = [(token, places) for token, places in placed if places and not (dates and token.dated)]
    return _ascending([places for _, places in placed])


def _ascending(places: Sequence[Sequence[int]]) -> bool:
    last = -1
    for found in places:
        following = [i for i in found if i >= last]
        if not following:
            return False
        last = min(following)
    return True

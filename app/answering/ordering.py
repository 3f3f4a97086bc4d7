"""Compares two propositions of one language: the same words in the same order, with the same verbs."""

from collections import Counter
from collections.abc import Sequence

from app.answering.phrases import FOCUS, INTENSIFIERS, RELATIVE
from app.answering.propositions import Proposition
from app.answering.tokens import Token


def same_language(said: Proposition, home: Proposition) -> tuple[int, str] | None:
    """Compare two propositions of one language."""
    wanted, left = said.rest, home.rest
    taken = _taken(wanted, left)
    if taken is None:
        return _overlap(wanted, left), "unsupported"
    chosen = set(taken)
    for place, token in enumerate(left):
        if place not in chosen and not (_spare(token, left, chosen) or joined(place, left, chosen)):
            return len(chosen), "left_out"
    if any(not _article(own, left[place]) for own, place in zip(wanted, taken, strict=True)):
        return len(chosen), "quantifier"
    if (
        home.several
        and not home.english
        and not _belong(said, home, [(own, left[i]) for own, i in zip(wanted, taken, strict=True)])
    ):
        return len(chosen), "role"
    if fault := _order_fault(wanted, left, taken, home):
        return len(chosen), fault
    if fault := _verb_fault(said, home):
        return len(chosen), fault
    return None


def _overlap(one: Sequence[Token], two: Sequence[Token]) -> int:
    return sum((Counter(t.key for t in one) & Counter(t.key for t in two)).values())


def _taken(wanted: Sequence[Token], left: Sequence[Token]) -> list[int] | None:
    """Return for each token of a statement the place of the one it takes from the evidence, or None where one has none."""
    taken: list[int] = []
    used: set[int] = set()
    for number, token in enumerate(wanted):
        open_places = [i for i, other in enumerate(left) if i not in used and same(token, other)]
        if not open_places:
            return None
        following = taken[-1] + 1 if taken else 0
        best = max(open_places, key=lambda i: (_run(wanted, left, number, i), i == following, -i))
        taken.append(best)
        used.add(best)
    return taken


def _run(wanted: Sequence[Token], left: Sequence[Token], number: int, place: int) -> int:
    length = 0
    while (
        number + length < len(wanted) and place + length < len(left) and length < 6
        and same(wanted[number + length], left[place + length])
    ):  # fmt: skip
        length += 1
    return length


def same(token: Token, other: Token) -> bool:
    """Whether two tokens of one language say the same."""
    if token.key == other.key and (token.kind == other.kind or "number" not in (token.kind, other.kind)):
        if token.kind != "content" or token.word.folded == other.word.folded:
            return True
        return _degree(token) == _degree(other) and _plural(token) == _plural(other)
    if token.kind != "content" or other.kind != "content":
        return False
    if token.word.same or token.word.agents:
        return bool(set(token.word.same) & set(other.word.same) or set(token.word.agents) & set(other.word.agents))
    return token.word.folded == other.word.folded


def _degree(token: Token) -> str:
    folded, lemma = token.word.folded, token.word.lemma
    if folded == lemma:
        return ""
    return next(
        (end for end in ("er", "ste", "st", "est") if folded.removesuffix("e").endswith(end.removesuffix("e"))), ""
    )


def _spare(token: Token, left: Sequence[Token], chosen: set[int]) -> bool:
    """Whether a token of the evidence may be left out."""
    if token.key in INTENSIFIERS:
        return True
    if token.key in ("veel", "much"):  # "Veel goedkoper", but not "veel gemeenten".
        after = left.index(token) + 1
        return after < len(left) and _degree(left[after]) == "er"
    if not token.optional:
        return False
    return not any(other.optional and other.part == token.part and i in chosen for i, other in enumerate(left))


def _plural(token: Token) -> bool:
    return token.word.folded != token.word.lemma and token.word.folded.endswith(("en", "s"))


def joined(place: int, left: Sequence[Token], chosen: set[int]) -> bool:
    """Whether a token is "en" or one of two adjectives that "en" joins, of which the other is said: "goedkoper en duurzamer"."""
    for i in range(max(1, place - 1), min(place + 2, len(left) - 1)):
        if left[i].key not in ("en", "and") or i in chosen:
            continue
        one, two = left[i - 1], left[i + 1]
        pair = _adjective(one) and _adjective(two) and _degree(one) == _degree(two)
        if pair and ((i - 1) in chosen) != ((i + 1) in chosen):
            return not any(token.key in FOCUS or token.kind == "number" for token in left)
    return False


def _adjective(token: Token) -> bool:
    folded, lemma = token.word.folded, token.word.lemma
    if token.kind != "content" or folded == lemma or token.word.agents or token.word.capital:
        return False
    return bool(_degree(token)) or (folded.endswith("e") and lemma[:3] == folded[:3] and not lemma.endswith("e"))


def _article(own: Token, other: Token) -> bool:
    if own.kind != "content" or own.article == other.article:
        return True
    return own.article == "the" and other.article == "this"


def _order_fault(wanted: Sequence[Token], left: Sequence[Token], taken: Sequence[int], home: Proposition) -> str | None:
    """Whether the tokens stand in the order of the evidence, but for whole phrases that may stand elsewhere."""
    chosen = set(taken)
    runs: list[list[int]] = []
    for number, place in enumerate(taken):
        follows = (
            number and place > taken[number - 1] and not any(i in chosen for i in range(taken[number - 1] + 1, place))
        )
        if follows:
            runs[-1].append(number)
        else:
            runs.append([number])
    if len(runs) == 1:
        return None
    if len(runs) > 5:
        return "role"
    fixed = -1
    for position, run in enumerate(runs):
        first, last = taken[run[0]], taken[run[-1]]
        if _movable(position, run, runs, wanted, left, taken, home):
            continue
        if first < fixed:
            return "role"
        fixed = last
    return None


def _movable(
    position: int,
    run: Sequence[int],
    runs: Sequence[Sequence[int]],
    wanted: Sequence[Token],
    left: Sequence[Token],
    taken: Sequence[int],
    home: Proposition,
) -> bool:
    """Whether a phrase of a statement may stand where it does though it stands elsewhere in its evidence."""
    first, last = taken[run[0]], taken[run[-1]]
    start, end = left[first], left[last]
    if not start.governs or not end.closes or (first and left[first - 1].key in FOCUS):
        return False
    dated = any(left[i].dated for i in range(first, last + 1))
    several = home.several
    if dated and start.key in ("voor", "for", "over"):
        return False  # "Het plan voor 2026" is not "voor 2026 … het plan".
    if run[0] == 0 or wanted[run[0] - 1].key in ("dat", "that"):
        return not home.english or not several
    if first == 0:
        # From the front to behind the subject.
        return not several and (dated or position == 1)
    return dated and not several


def _verb_fault(said: Proposition, home: Proposition) -> str | None:
    """The same verbs in the same order, in the same tense, voice and mood."""
    own, there = said.verbs, home.verbs
    if [token.key for token in own] != [token.key for token in there]:
        return "role" if sorted(t.key for t in own) == sorted(t.key for t in there) else "unsupported"
    if home.english:
        return None  # Their verbs stand in the row of words.
    helping, helped = (Counter(token.key for token in p.auxiliaries) for p in (said, home))
    past = [(token.past, other.past) for token, other in zip(own, there, strict=True)]
    perfect = any(one or two for one, two in past)
    for counter, other in ((helping, helped), (helped, helping)):
        if perfect and counter["have"] == other["have"] + 1 and all(one and two for one, two in past if one or two):
            counter["have"] -= 1
    if +helping != +helped:
        return "obligation"
    finite = [(a, b) for a, b in zip(own, there, strict=True) if not said.auxiliaries and not home.auxiliaries]
    if any(a.past != b.past for a, b in finite):
        return "tense"
    for a, b in zip(said.auxiliaries, home.auxiliaries, strict=False):
        if a.key == b.key and _was(a) != _was(b):
            return "tense"
    return None


def _belong(said: Proposition, home: Proposition, pairs: Sequence[tuple[Token, Token]]) -> bool:
    """Whether in a proposition of more than one clause each word stands with the same verb.

    One finite verb may stand elsewhere, as it does after "volgens …" or in a clause with "dat", but no verb of a relative clause.
    """
    own, there = ([t for t in p.tokens if t.kind in ("verb", "auxiliary")] for p in (said, home))
    moved = [(one, two) for one in own for two in there if one.key == two.key and (one is own[0] or two is there[0])]
    for one, two in [(None, None), *moved]:
        if one is not None and two is not None and (_in_relative(one, said) or _in_relative(two, home)):
            continue
        if [t.key for t in own if t is not one] != [t.key for t in there if t is not two]:
            continue
        before, before_too = _verbs_before(said, one), _verbs_before(home, two)
        if all(before[id(a)] == before_too[id(b)] for a, b in pairs):
            return True
    return False


def _in_relative(verb: Token, proposition: Proposition) -> bool:
    """Whether a verb is the first after "die", "dat" or "wie"."""
    waiting = False
    for token in proposition.tokens:
        if token is verb:
            return waiting
        if token.key in RELATIVE and not token.optional:
            waiting = True
        elif token.kind in ("verb", "auxiliary"):
            waiting = False
    return False


def _verbs_before(proposition: Proposition, but: Token | None) -> dict[int, int]:
    found, count = {}, 0
    for token in proposition.tokens:
        found[id(token)] = count
        count += token.kind in ("verb", "auxiliary") and token is not but
    return found


def _was(token: Token) -> bool:
    return token.word.folded in ("was", "waren", "had", "hadden", "werd", "werden", "kon", "konden", "were", "did")

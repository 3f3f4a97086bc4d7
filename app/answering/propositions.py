"""Reads a sentence as propositions: what it says piece by piece, each as an ordered row of tokens.

A proposition is a finite verb with all that belongs to it: who does it, what to, where, when, under which restriction. Its verbs
stand apart, for their place differs between a main clause and a subordinate one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app import analysis
from app.answering.meaning import opposite
from app.answering.phrases import (
    AUXILIARIES,
    CONDITIONAL,
    NOT_ASSERTED,
    OPENERS,
    PARTICLES,
    POSSESSIVES,
    RELATIVE,
    SPEAKING,
)  # fmt: skip
from app.answering.tokens import Token, read_tokens
from app.answering.words import BREAKS, ENDS, JOINING, Word, read_words

# No condition reaches over these.
_PARTING = frozenset("; . ? ! … maar but terwijl while whereas hoewel although".split())


@dataclass(slots=True, eq=False)
class Proposition:
    """What a stretch of a sentence says. ``opener`` is the word that subordinates it ("als", "omdat"), "" for none.

    ``group`` numbers what a condition reaches over; ``lead`` is what stands before its first verb.
    """

    sentence: int
    group: int
    opener: str
    joint: str
    tokens: list[Token] = field(default_factory=list)
    parts: int = 1
    english: bool = False

    @property
    def asserted(self) -> bool:
        """Whether it is said to be so, and not supposed, wished or made to depend."""
        return self.opener not in NOT_ASSERTED

    @property
    def conditional(self) -> bool:
        """Whether what it goes with only holds under it."""
        return self.opener in CONDITIONAL

    @property
    def verbs(self) -> list[Token]:
        """The main verbs, in order."""
        return [token for token in self.tokens if token.kind == "verb"]

    @property
    def auxiliaries(self) -> list[Token]:
        """The auxiliary and modal verbs, in order."""
        return [token for token in self.tokens if token.kind == "auxiliary"]

    @property
    def rest(self) -> list[Token]:
        """All but the verbs, in order; English verbs keep their place, and stay."""
        return [token for token in self.tokens if self.english or token.kind not in ("verb", "auxiliary")]

    @property
    def several(self) -> bool:
        """Whether there is more than one clause in it, so that words can belong to one verb or to another."""
        return len(self.verbs) > 1 or any(token.key in RELATIVE or token.key == "om" for token in self.tokens)

    @property
    def lead(self) -> list[Token]:
        """What stands before the first verb, where that can be a subject; else nothing."""
        found: list[Token] = []
        for token in self.tokens:
            if token.kind in ("verb", "auxiliary"):
                break
            found.append(token)
        else:
            return []
        if self.opener or not found or found[0].kind == "preposition" or not any(t.kind == "content" for t in found):
            return []
        return [] if any(token.key in RELATIVE and not token.optional for token in found) else found


def propositions(text: str, language: str, names: Iterable[str], sentence: int = 0) -> list[Proposition]:
    """Return the propositions of a sentence, or of a statement of more than one. ``names`` are the speaker's."""
    words = read_words(text, language, frozenset())
    own = {tuple(analysis.words(name)) for name in names}
    tokens = read_tokens(words, language, own)
    found = _merged(_parts(tokens, words, language), sentence, language)
    for proposition in found:
        _join_particles(proposition, words)
    return found


@dataclass(slots=True)
class _Part:
    joint: str
    opener: str
    tokens: list[Token]
    english: bool
    framed: bool = False

    @property
    def finite(self) -> bool:
        if self.framed or (self.english and (self.opener or (self.joint == "and" and len(self.tokens) > 4))):
            return True
        return any(token.finite or (self.english and token.word.folded.endswith("ed")) for token in self.tokens)


def _parts(tokens: dict[int, Token], words: Sequence[Word], language: str) -> list[_Part]:
    """Cut the tokens where signs and joining words stand."""
    english = language == "en"
    found = [_Part("", "", [], english)]
    for place, word in enumerate(words):
        if word.folded in ENDS or (word.folded in BREAKS and word.folded not in "()"):
            found.append(_Part(word.folded, "", [], english))
            continue
        token = tokens.get(place)
        if token is None:
            found[-1].framed |= word.folded in SPEAKING
            continue
        opens = _opens(words, place, language)
        again = place + 1 < len(words) and place + 1 not in tokens and words[place + 1].folded in ("dat", "that")
        joins = word.folded in ("en", "and") and (again or _joins_verbs(tokens, words, place, found[-1], language))
        if opens or joins or word.folded in ("maar", "but"):
            joint = found[-1].joint if not found[-1].tokens else ""
            if found[-1].tokens:
                found.append(_Part("", "", [], english))
            found[-1].joint = joint + word.folded if joint == ";" else word.folded
            if opens and word.folded not in ("maar", "but"):
                found[-1].opener = OPENERS.get(word.folded, word.folded)
        elif word.folded in ("en", "and") and not found[-1].tokens and found[-1].joint == ",":
            found[-1].joint = word.folded
        found[-1].tokens.append(token)
    found = [part for part in found if part.tokens]
    if not english:
        for part in found:
            _find_verb(part, words)
    return found


def _find_verb(part: _Part, words: Sequence[Word]) -> None:
    """Read "vangen" as a verb, which a dictionary takes for a noun, where no other word can be it."""
    if any(token.kind == "verb" or (token.kind == "auxiliary" and token.key == "be") for token in part.tokens):
        return
    first = part.tokens[0].place
    last = bool(part.opener) or any(words[i].folded == "dat" for i in range(max(0, first - 2), first))
    pairs = list(zip(part.tokens[1:], part.tokens, strict=False))
    for token, before in reversed(pairs) if last else pairs:
        inflected = (
            token.kind == "content" and token.word.folded.endswith("en") and token.word.folded != token.word.lemma
        )
        free = not token.article and before.kind not in ("preposition", "number") and not token.word.acts
        adjective = before.word.folded.endswith("e") and before.word.folded != before.word.lemma
        if inflected and free and before.key not in POSSESSIVES and not adjective:
            token.kind, token.key = "verb", token.word.folded
            return
        if before.kind == "speaker" and token.kind == "content" and token.word.folded.endswith("t"):
            token.kind, token.key = "verb", token.word.folded + "en"
            return


def _opens(words: Sequence[Word], place: int, language: str) -> bool:
    """Whether a word subordinates what follows; "als" only before a verb of its own ("als argument" has none)."""
    folded = words[place].folded
    if folded in ("als", "as"):
        if folded == "as" or (place and words[place - 1].folded in ("zoals", "net", "even", "zowel")):
            return False
        for word in words[place + 1 :]:
            if word.folded in BREAKS or word.folded in ENDS:
                return False
            if word.verbal or word.folded in AUXILIARIES:
                return True
        return False
    if folded in ("before", "after", "until") and language == "en":
        return _clause_follows(words, place)
    return folded in NOT_ASSERTED or folded in JOINING[language]


def _clause_follows(words: Sequence[Word], place: int) -> bool:
    for word in words[place + 1 :]:
        if word.folded in BREAKS or word.folded in ENDS or word.folded in ("and", "or"):
            return False
        if word.folded in AUXILIARIES or (word.lemma != word.folded and word.folded.endswith("ed")):
            return True
    return False


def _joins_verbs(tokens: dict[int, Token], words: Sequence[Word], place: int, part: _Part, language: str) -> bool:
    """Whether "en" joins two finite verbs or two sentences, and not two nouns."""
    if not part.finite:
        return False
    following = [tokens[i] for i in range(place + 1, min(place + 8, len(words))) if i in tokens][:4]
    if not following:
        return False
    first = following[0]
    if language == "en":
        return place > 0 and words[place - 1].folded == ","
    finite = first.finite and (first.kind == "auxiliary" or first.word.folded != first.word.lemma)
    second = following[1] if len(following) > 1 else None
    return finite or (first.word.acts and second is not None and second.kind in ("verb", "auxiliary"))


def _merged(parts: Sequence[_Part], sentence: int, language: str) -> list[Proposition]:
    """Put parts together that make one proposition: without a verb of their own, or subject and verb of one."""
    found: list[Proposition] = []
    group = 0
    for number, part in enumerate(parts):
        last = found[-1] if found else None
        bare = not part.finite and not (part.joint and part.joint[0] in ";.?!…")
        if last is not None and (bare or _continues(last, part)):
            for token in part.tokens:
                token.part = last.parts
                token.optional = bare and part.joint == "," and (
                    _contrasts(last.tokens, part.tokens)
                    or _of_a_list(part.tokens, parts, number)
                )  # fmt: skip
            last.parts += 1
            last.tokens += part.tokens
            continue
        again = (
            part.joint in ("en", "and") and part.tokens[1:2] != [] and part.tokens[1].kind not in ("verb", "auxiliary")
        )
        begun = next((made for made in found if made.group == group), None)
        if last is not None and (part.joint in _PARTING or (again and begun is not None and not begun.conditional)):
            group += 1
        opened = bool(part.opener) or part.joint.strip(";") in ("maar", "but", "en", "and")
        made = Proposition(sentence, group, part.opener, part.joint, part.tokens[opened:], english=language == "en")
        if made.tokens:
            found.append(made)
    return found


def _contrasts(main: Sequence[Token], other: Sequence[Token]) -> bool:
    """Whether a part says the opposite of another case that the main part names too: "in …, in … juist duurder"."""
    first = other[0]
    again = first.kind == "preposition" and any(token.key == first.key for token in main)
    own = first.key in ("die", "dat") and len(other) > 1 and other[1].key in ("van", "uit", "in")
    turned = any(opposite(one.word.poles, two.word.poles) for one in main for two in other)
    return (again or own) and turned


def _of_a_list(tokens: Sequence[Token], parts: Sequence[_Part], number: int) -> bool:
    """Whether a part is one of several things in a row, or "door wie dan ook"."""
    keys = [token.key for token in tokens]
    if "dan" in keys and any(key in ("wie", "wat", "waar") for key in keys) and len(keys) < 5:
        return True
    plain = all(token.kind == "content" and not token.word.poles for token in tokens) and len(tokens) < 3
    return plain and any("en" in [t.key for t in part.tokens] for part in parts[number + 1 : number + 5])


def _continues(last: Proposition, part: _Part) -> bool:
    """Whether a part goes on with what the last began: its subject, or a relative clause of it, has no verb yet."""
    if part.opener or part.joint not in (",", "(", ")"):
        return False
    first = part.tokens[0]
    if not last.opener and not any(token.finite or token.word.folded.endswith("ed") for token in last.tokens):
        return True
    if last.opener or first.kind not in ("verb", "auxiliary"):
        return False
    keys = [token.key for token in last.tokens if not token.optional]
    if "tegenstelling" in keys[:3] or "contrary" in keys[:3]:
        return False
    return any(key in RELATIVE for key in keys) and not _complete(last)


def _complete(proposition: Proposition) -> bool:
    """Whether there is a finite verb besides that of a relative clause."""
    keys = [token.key in RELATIVE and not token.optional for token in proposition.tokens]
    start = keys.index(True)
    return any(token.finite for token in proposition.tokens[:start])


def _join_particles(proposition: Proposition, words: Sequence[Word]) -> None:
    """Put "vangt … op" and "aan te pakken" together as "opvangen" and "aanpakken"."""
    kept: list[Token] = []
    tokens = proposition.tokens
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.word.folded in PARTICLES and token.kind != "number":
            after = words[token.place + 1].folded if token.place + 1 < len(words) else "."
            if after == "te" and token.key != "om" and following is not None and following.kind == "verb":
                following.key = token.key + following.key
                continue
            verbs = [t for t in kept if t.kind == "verb"]
            ended = (
                following is None or following.place - token.place > 1 or following.key in ("dan", "en", "om", "dat")
            )
            if (
                verbs
                and ended
                and (after in BREAKS or after in ENDS or after in ("dan", "en", "om", "dat", "als", "maar"))
            ):
                verbs[-1].key = token.key + verbs[-1].key
                continue
        kept.append(token)
    proposition.tokens = kept

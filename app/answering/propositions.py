"""Reads a sentence as propositions: what it says piece by piece, each as an ordered row of tokens.

A proposition is one main verb's worth of text with all that belongs to it: who does it, what to, where, when, under which
restriction. Articles hang on the word they go with, verbs stand apart (their place differs between a main clause and a
subordinate one), and the words by which somebody is reported ("Volgens de Raad …", "… schrijft dat …") are left out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app import analysis
from app.answering.meaning import opposite
from app.answering.phrases import (
    ADDRESSING, ARTICLES, AUXILIARIES, CONDITIONAL, FOCUS, MOVABLE, NO_VERBS, NOT_ASSERTED, OPENERS, PARTICLES, POSSESSIVES, PRONOUNS,
    RELATIVE, REPORTING, SKIPPED, SPEAKING, TEMPORAL, modal,
)  # fmt: skip
from app.answering.quantities import quantities
from app.answering.words import BREAKS, ENDS, JOINING, PREPOSITIONS, Word, read_words

Kind = Literal["verb", "auxiliary", "preposition", "small", "content", "number", "speaker"]


@dataclass(slots=True, eq=False)
class Token:
    """A word, a number with its unit, or the speaker. ``key`` is what another token must have to be the same.

    ``article`` is "a", "the", "this" or "" for none; ``place`` counts the words of the text; ``part`` the stretches between two
    commas; ``optional`` marks a stretch that can be left out whole.
    """

    word: Word
    key: str
    kind: Kind
    place: int
    article: str = ""
    part: int = 0
    optional: bool = False
    closes: bool = False
    infinitive: bool = False

    @property
    def governs(self) -> bool:
        """Whether it begins a phrase that may stand elsewhere in the sentence."""
        return self.kind == "preposition" and self.key in MOVABLE

    @property
    def dated(self) -> bool:
        """Whether it tells when."""
        return (self.kind == "number" and self.key.startswith(TEMPORAL)) or self.key in TEMPORAL

    @property
    def finite(self) -> bool:
        """Whether a verb can be the one that makes a sentence: no participle, and no infinitive after "te"."""
        if self.kind == "auxiliary":
            return True
        folded = self.word.folded
        if self.kind != "verb" or self.infinitive:
            return False
        participle = folded.endswith("d") and len(folded) > 6
        return not (participle or ("ge" in folded[:6] and folded.endswith(("t", "en")) and folded != self.word.lemma))

    @property
    def past(self) -> bool:
        """Whether a verb is in a past form: "maakte", "vond", "gemaakt"."""
        folded, lemma = self.word.folded, self.word.lemma
        if folded in _ZOU or folded == lemma or folded == lemma.removesuffix("en") or self.key.startswith(folded):
            return folded in _ZOU
        return not folded.endswith("t") or folded.startswith(("ge", "be", "ver", "ont", "her")) or folded in _PAST_IN_T


_ZOU = frozenset(("zou", "zouden"))
_PAST_IN_T = frozenset("liet zat at vergat moest".split())


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
    tokens = _tokens(words, language, own)
    found = _merged(_parts(tokens, words, language), sentence, language)
    for proposition in found:
        _join_particles(proposition, words)
    return found


def _tokens(words: Sequence[Word], language: str, names: set[tuple[str, ...]]) -> dict[int, Token]:
    """Return the tokens by the place of their first word, without what reports, skips or is an article."""
    folded = [word.folded for word in words]
    speaking = _speakers(words, folded, names)
    silent = _frames(folded, speaking, language)
    numbers = {number.place: number for number in quantities(folded)}
    found: dict[int, Token] = {}
    article, place = "", 0
    while place < len(words):
        word = words[place]
        if place in silent:
            place += 1
            continue
        if place in speaking:
            found[place] = Token(word, "speaker", "speaker", place)
            article, place = "", place + speaking[place]
            continue
        if (number := numbers.get(place)) is not None:
            found[place] = Token(word, f"{number.kind} {number.value.normalize()}", "number", place)
            article, place = "", place + number.length
            continue
        following = folded[place + 1] if place + 1 < len(words) else ""
        if word.folded in BREAKS or word.folded in ENDS:
            article = ""
        elif word.folded in ARTICLES and _determines(words, place, following):
            article = ARTICLES[word.folded]
        elif word.folded not in SKIPPED and not _idle(folded, place):
            kind, key = ("auxiliary", "be") if folded[place] != word.folded else _kind(words, place, language)
            found[place] = Token(word, key, kind, place, article if kind in ("content", "small") else "")
            word.content = word.content or kind in ("content", "verb")
            found[place].infinitive = place > 0 and folded[place - 1] == "te"
            # "Het is logischer" and "is het logischer" are the same.
            if kind not in ("verb", "auxiliary") or folded[place - 1] != "het":
                article = ""
        place += 1
    _bounds(found, words)
    return found


def _idle(folded: Sequence[str], place: int) -> bool:
    """Whether a word says nothing where it stands: "…, dan zullen", "in drie jaar tijd"."""
    before = folded[place - 1] if place else ""
    return (folded[place] == "dan" and before == ",") or (folded[place] == "tijd" and before in ("jaar", "maanden", "weken"))


def _bounds(found: dict[int, Token], words: Sequence[Word]) -> None:
    """Mark where phrases begin and end."""
    signs = {place for place, word in enumerate(words) if word.folded in BREAKS or word.folded in ENDS}
    tokens = list(found.values())
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if following is None or any(place in signs for place in range(token.place, following.place)):
            token.closes = True
        else:
            joins = following.key in ("en", "and", "dat", "that", "als", "niet", "not")
            compared = following.word.folded.endswith("er") and following.word.folded != following.word.lemma
            bounds = following.kind in ("verb", "auxiliary", "preposition", "speaker")
            token.closes = joins or compared or bounds or bool(following.article)


def _determines(words: Sequence[Word], place: int, following: str) -> bool:
    if words[place].folded not in ("deze", "dit", "this", "these", "those"):
        return True
    nouns = following and following[0].isalnum() and following not in AUXILIARIES and following not in PREPOSITIONS
    return bool(nouns) and following not in SKIPPED and not words[place + 1].verbal


def _speakers(words: Sequence[Word], folded: Sequence[str], names: set[tuple[str, ...]]) -> dict[int, int]:
    """Return where the speaker is named, by its place, and in how many words; "wij" is the speaker too."""
    found: dict[int, int] = {}
    longest = max((len(name) for name in names), default=0)
    place = 0
    while place < len(words):
        length = next(
            (n for n in range(longest, 0, -1) if words[place].raw[0].isupper() and tuple(folded[place : place + n]) in names),
            0,
        )  # fmt: skip
        if not length and folded[place] in SPEAKING:
            length = 1
        if length:
            found[place] = length
        place += length or 1
    return found


_BEFORE_FRAMES = frozenset(", terwijl maar en omdat want but and while because".split())
_JUDGING = frozenset("noemt noemen vindt vinden acht achten".split())


def _frames(folded: list[str], speaking: dict[int, int], language: str) -> set[int]:
    """Return the places of the words by which the speaker is reported: "Volgens X", "X schrijft dat", "…, aldus X"."""
    silent: set[int] = set()
    for start, length in speaking.items():
        first = start - 1 if start and folded[start - 1] in ("de", "het", "the") else start
        end = start + length
        before = folded[first - 1] if first else ""
        if before in ("volgens", "aldus"):
            silent.update(range(first - 1, end))
        elif before == "to" and first > 1 and folded[first - 2] == "according":
            silent.update(range(first - 2, end))
        elif end < len(folded) and folded[end] in REPORTING[language] and (first == 0 or folded[first - 1] in _BEFORE_FRAMES):
            after = end + 1
            while after < len(folded) and folded[after] in ADDRESSING:
                after += 1
            if after < len(folded) and folded[after] in ("dat", "that"):
                silent.update(range(first, after + 1))
            elif language == "en" and folded[end] in ("says", "reports", "writes", "states", "notes"):
                silent.update(range(first, after))
            elif folded[end] in _JUDGING and after < len(folded) and folded[after] == "het":
                silent.update(range(first, end))
                folded[end] = "is"
        elif before in REPORTING[language] and first > 1 and folded[first - 2] == ",":
            # "…, schrijft X.", and ", vinden wij dat".
            silent.update(range(first - 1, end + (end < len(folded) and folded[end] in ("dat", "that"))))
    if silent:
        # "… schrijft dat de huur stijgt en dat de premie daalt."
        silent.update(
            i + 1 for i in range(max(silent), len(folded) - 1)
            if folded[i] in ("en", "maar", "and", "but") and folded[i + 1] in ("dat", "that")
        )  # fmt: skip
    return silent


def _kind(words: Sequence[Word], place: int, language: str) -> tuple[Kind, str]:
    word = words[place]
    folded = word.folded
    before = words[place - 1].folded if place else ""
    following = words[place + 1] if place + 1 < len(words) else None
    if folded in POSSESSIVES and (folded != "zijn" or before in PREPOSITIONS):
        return "small", folded
    if (auxiliary := modal(folded)) is not None:
        return "auxiliary", auxiliary
    if folded in PREPOSITIONS:
        return "preposition", folded
    if _PRONOMINAL.fullmatch(folded):
        return "small", folded
    if folded in JOINING[language] or folded in FOCUS or folded in PRONOUNS:
        return "small", PRONOUNS.get(folded, folded)
    if language == "nl" and before == "te":
        return "verb", word.lemma if word.lemma.endswith("n") else folded
    if language == "nl" and _verbal(word) and not _nominal(words, place, before, following):
        return "verb", word.lemma
    if language == "en" and word.lemma != folded and not folded.endswith("s") and folded.endswith(("ed", "ing")):
        return "content", word.lemma
    stops = analysis.STOP_WORDS_EN if language == "en" else analysis.STOP_WORDS_NL
    return ("small" if folded in stops else "content"), word.lemma if folded not in stops else folded


_PRONOMINAL = re.compile(r"(daar|hier|er)(aan|van|voor|mee|door|over|op|in|uit|bij|na|naar|tegen|om|toe)")


def _verbal(word: Word) -> bool:
    ends = word.lemma.endswith(("en", "gaan", "staan", "slaan", "zien", "doen")) and not word.lemma.endswith("orgaan")
    return ends and len(word.lemma) > 3 and word.folded not in NO_VERBS and not word.capital and not word.agents


def _nominal(words: Sequence[Word], place: int, before: str, following: Word | None) -> bool:
    """Whether a form of a verb stands as a noun or an adjective: "het schrappen", "gesloten opvang"."""
    word = words[place]
    if before in ARTICLES or before in POSSESSIVES or (before in PREPOSITIONS and before != "te"):
        return before not in PARTICLES or before in ARTICLES
    last = words[place - 1] if place else None
    if place > 1 and last is not None and words[place - 2].folded in ARTICLES and last.folded.endswith(("de", "te")):
        return last.folded != last.lemma  # "De bebouwde kom".
    if last is not None and last.folded.endswith("e") and last.lemma != last.folded and not _verbal(last):
        return last.folded not in analysis.STOP_WORDS_NL  # "Zware regen".
    if word.lemma == word.folded and place > 1 and words[place - 2].folded in ("een", "geen") and last is not None:
        return last.poles != ()  # "Een laag inkomen".
    participle = word.lemma != word.folded and word.folded.endswith(("d", "t", "en", "de", "te"))
    begun = word.folded.startswith(("ge", "be", "ver", "ont", "her")) or "ge" in word.folded[2:6]
    plain = following is not None and following.raw[0].isalpha() and following.folded not in PREPOSITIONS
    if not (participle and begun and plain) or following is None or _verbal(following):
        return False
    if following.folded in analysis.STOP_WORDS_NL or following.folded in FOCUS or following.folded in ARTICLES:
        return False
    if word.folded.endswith(("en", "de", "te")):
        return True
    # "Een goed geïsoleerd huis", but "de groep vertoont gedrag".
    return place > 1 and words[place - 2].folded in ARTICLES and last is not None and last.poles != ()


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
        inflected = token.kind == "content" and token.word.folded.endswith("en") and token.word.folded != token.word.lemma
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
        hard = part.joint in (";", ".", "?", "!", "…", "maar", "but", "terwijl", "while", "whereas", "hoewel", "although")
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
        again = part.joint in ("en", "and") and not part.tokens[1:2] == [] and part.tokens[1].kind not in ("verb", "auxiliary")
        begun = next((made for made in found if made.group == group), None)
        if last is not None and (hard or (again and begun is not None and not begun.conditional)):
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
            ended = following is None or following.place - token.place > 1 or following.key in ("dan", "en", "om", "dat")
            if verbs and ended and (after in BREAKS or after in ENDS or after in ("dan", "en", "om", "dat", "als", "maar")):
                verbs[-1].key = token.key + verbs[-1].key
                continue
        kept.append(token)
    proposition.tokens = kept


def dangling(found: Sequence[Proposition]) -> bool:
    """Whether a statement begins with a word that points at something outside it: "Dit is onjuist.\""""
    first = next((token for proposition in found for token in proposition.tokens), None)
    if first is None or first.word.folded not in _POINTING:
        return False
    tokens = found[0].tokens
    following = tokens[1] if len(tokens) > 1 else None
    return not found[0].opener and (following is None or following.kind in ("verb", "auxiliary"))


_POINTING = frozenset("dit dat deze die zij ze hij this that these those they he she it".split())

"""Takes a sentence apart into clauses, each with its words, its numbers and what gives it its force."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.answering.meaning import claiming, lexicon
from app.answering.quantities import Quantity, quantities
from app.answering.words import BREAKS, DETERMINERS, ENDS, JOINING, Word, read_words

_REASON = frozenset("omdat doordat want dankzij wegens vanwege because".split())

_RESULT = frozenset("daardoor waardoor zodat daarom dus hierdoor therefore hence thereby".split())

_AFTER_IF = DETERMINERS | frozenset("er ze zij hij men u je we wij wie iemand there they he she it".split())

FIRST_PERSON = frozenset("wij we ons onze ik mij mijn our us i my".split())


@dataclass(slots=True)
class Clause:
    """A stretch between two breaks.

    ``marks`` counts what gives it its force; ``owner`` is whose claim it is, () the speaker's; ``speaker_acts`` whether the
    speaker does in it what is no saying or wanting.
    """

    sentence: int
    words: list[Word] = field(default_factory=list)
    numbers: list[Quantity] = field(default_factory=list)
    marks: Counter[str] = field(default_factory=Counter)
    owner: tuple[str, ...] = ()
    first_person: bool = False
    opening: str = ""
    speaker_acts: bool = False

    @property
    def reason(self) -> bool:
        """Whether the clause gives the reason of another."""
        return self.opening in _REASON

    @property
    def result(self) -> bool:
        """Whether the clause says what follows from another."""
        return any(word.folded in _RESULT for word in self.words)

    @property
    def content(self) -> list[Word]:
        """The words that carry what is said."""
        return [word for word in self.words if word.content]


def clauses(texts: Sequence[str], language: str, speaker_terms: Iterable[str]) -> list[Clause]:
    """Return the clauses of some sentences. ``speaker_terms`` are the index terms of the speaker's names."""
    light = frozenset(speaker_terms)
    found: list[Clause] = []
    for number, text in enumerate(texts):
        made = _split(read_words(text, language, light), number, language)
        for clause in made:
            _mark(clause, language)
        found += _joined(made)
    for number, clause in enumerate(found):
        for word in clause.words:
            word.clause = number
    return found


def _split(words: Sequence[Word], sentence: int, language: str) -> list[Clause]:
    found = [Clause(sentence)]
    for place, word in enumerate(words):
        following = words[place + 1].folded if place + 1 < len(words) else ""
        if word.folded in BREAKS or word.folded in ENDS:
            found.append(Clause(sentence))
            continue
        conditional = (
            word.folded == "als" and language == "nl" and following in _AFTER_IF
            and not (place and words[place - 1].folded in ("zoals", "zo", "net", "even"))
        )  # fmt: skip
        joins = word.folded in JOINING[language] or conditional
        again = word.folded in ("en", "and") and (
            following in ("dat", "that") or _second_subject(words, place, found[-1])
        )
        if (joins or again) and found[-1].words:
            found.append(Clause(sentence))
        if not found[-1].words:
            found[-1].opening = word.folded
        if conditional:
            found[-1].marks["if"] += 1
        found[-1].words.append(word)
    found = [clause for clause in found if clause.words]
    _deny(found)
    return found


def _second_subject(words: Sequence[Word], place: int, clause: Clause) -> bool:
    """Whether "en" joins two sentences, each with its own subject and verb, and not two nouns."""
    after = [word for word in words[place + 1 : place + 4] if word.folded not in DETERMINERS]
    if len(after) < 2 or not any(_verb(word) for word in clause.words):
        return False
    finite = after[0].verbal and after[0].lemma != after[0].folded and not after[0].folded.startswith("ge")
    return finite or (after[0].acts and _verb(after[1]))


def _verb(word: Word) -> bool:
    return (
        word.verbal
        or word.reporting
        or word.folded in _AUXILIARIES
        or word.folded in claiming()
        or any(pole.startswith("giving") for pole in word.poles)
    )


_AUXILIARIES = frozenset(
    """
    is zijn was waren heeft hebben had hadden wordt worden werd werden zal zullen zou zouden kan kunnen mag mogen moet moeten
    has have are were will would can may must should does do did
    """.split()
)


def _deny(found: Sequence[Clause]) -> None:
    """Mark what "niet X maar Y" denies: X alone, and not the clause."""
    for clause, after in pairwise(found):
        if after.opening not in ("maar", "but"):
            continue
        places = [i for i, word in enumerate(clause.words) if word.folded in ("niet", "geen", "not")]
        if not places:
            continue
        denied = clause.words[places[-1] + 1 :]
        adverb = len(after.words) > 1 and after.words[1].folded in ("juist", "wel", "eerder", "vooral", "rather")
        bare = after.words[0].place - clause.words[-1].place == 1
        if (
            denied
            and len(denied) <= 3
            and denied[0].folded not in ("alleen", "slechts", "enkel", "only", "just")
            and (adverb or bare)
        ):
            for word in denied:
                word.denied = True
            clause.words[places[-1]].folded = "·"
            clause.words[places[-1]].content = False


def _mark(clause: Clause, language: str) -> None:
    folded = [word.folded for word in clause.words]
    clause.numbers = quantities(folded)
    for number in clause.numbers:
        for word in clause.words[number.place : number.place + number.length]:
            word.content = False
    marks = lexicon().marks[language]
    place = 0
    while place < len(folded):
        names, length = marks.at(folded, place)
        clause.marks.update(names)
        for word in clause.words[place : place + length]:
            word.content = word.content and not names
        place += length or 1
    clause.first_person = any(word in FIRST_PERSON for word in folded)
    if _proposes(folded):
        clause.marks["want"] = 1
    _settle(clause.marks, folded, language)


def _proposes(folded: Sequence[str]) -> bool:
    """Whether a clause holds "stelt … voor", apart or together."""
    verbs = [i for i, word in enumerate(folded) if word in ("stelt", "stellen", "stelde", "stelden")]
    return any(
        word == "voor"
        and verbs
        and place > verbs[0]
        and (place + 1 == len(folded) or folded[place + 1] in ("om", "dat"))
        for place, word in enumerate(folded)
    )


def _settle(marks: Counter[str], folded: Sequence[str], language: str) -> None:
    """Read words that belong together though they stand apart: "zou … moeten", "hoeft … niet"."""
    if marks["would"] and marks["must"]:
        del marks["must"], marks["would"]
        marks["should"] += 1
    elif marks["would"] and marks["can"]:
        del marks["would"]
        marks["hedge"] += 1
    if marks["need"]:
        if language == "nl" and marks["negation"]:
            marks["negation"] -= 1
        marks["must"] = 0
    if language == "en" and marks["must"] and marks["negation"] and "must" in folded:
        # "Must not" is "mag niet".
        marks["must"] = 0
        marks["may"] += 1
    if language == "en" and "might" in folded:
        marks["can"] += 1


def _joined(found: list[Clause]) -> list[Clause]:
    """Put a clause that says nothing of its own with its neighbour: "…, volgens het verslag, …"."""
    kept: list[Clause] = []
    held: Clause | None = None
    for clause in found:
        if held is not None:
            clause = _merged(held, clause)
            held = None
        if clause.content or clause.numbers:
            kept.append(clause)
        elif kept:
            kept[-1] = _merged(kept[-1], clause)
        else:
            held = clause
    if held is not None:
        kept.append(held)
    return kept


def _merged(one: Clause, other: Clause) -> Clause:
    shifted = [
        Quantity(n.value, n.kind, n.place + len(one.words), n.length, n.strict, n.loose) for n in other.numbers
    ]  # fmt: skip
    return Clause(
        one.sentence, [*one.words, *other.words], [*one.numbers, *shifted], one.marks + other.marks, (),
        one.first_person or other.first_person, one.opening,
    )  # fmt: skip

"""Synthetic Dutch for the benchmarks: seeded, so that every machine measures the same texts.

The words are those of the project's own frequency list, each as frequent as it says; the tail is compounds put together of
them (with -s- and -en- between), names, numbers and dates, so that the vocabulary goes on growing with the corpus as that of
real text does. Every passage keeps to a topic: a third of its words come from the sixty of that topic.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from pathlib import Path
from random import Random

TOPICS = 400
_TOPIC_WORDS = 60
_TOPICAL, _COMPOUND, _NUMBER, _NAME = 0.33, 0.06, 0.02, 0.02
_REPORTING = 0.05
_LINKS = ("", "", "s", "en")
_SYLLABLES = "ba de ko li mo ra sa ti vel den ster wijk hoven berg dam ger lin ma no dijk".split()
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
SPEAKERS = (
    ("stichting", "Stichting Voorbeeld", ("de stichting", "SVB")),
    ("ministerie", "Ministerie van Proefneming", ("het ministerie",)),
    ("adviesraad", "Adviesraad Meten", ()),
    ("rekenkamer", "Rekenkamer Zuid", ()),
)
_TEMPLATES = (
    "Wat zegt de Stichting Voorbeeld over {0} en {1}?", "Hoe zit het met {0} bij {1}?", "Waarom is {0} van belang voor {1} en {2}?",
    "Wat vindt het ministerie van {0}?", "{0} {1} {2}", "Wie gaat over {0} en de {1}?", "Welke gevolgen heeft {0} voor {1}?",
    "Wat is het standpunt van de Adviesraad Meten over {0}?", "Wanneer komt er een besluit over {0} en {1}?",
    "Hoeveel {0} waren er met {1}?", "Is {0} toegestaan zonder {1}?", "Kan ik ergens lezen hoe {0} werkt?",
)  # fmt: skip
_TEMPLATES_EN = (
    "What does the foundation say about {0} and {1}?", "Why is {0} important for {1}?", "How many {0} were there?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One document of one passage."""

    id: str
    title: str
    text: str
    date: str


class DutchTexts:
    """Makes documents and questions; the same seed gives the same, in the same order."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)
        listed = (resources.files("app") / "lexicon" / "frequencies.tsv").read_text(encoding="utf-8").splitlines()
        rows = [(language, word, int(tenths) / 10) for language, word, tenths in (line.split("\t") for line in listed)]
        self._words = [word for language, word, _ in rows if language == "nl"]
        self._shares = list(accumulate(math.exp(-nats) for language, _, nats in rows if language == "nl"))
        self._english = [word for language, word, nats in rows if language == "en" and nats > 8.5]
        self._building = [
            word for language, word, nats in rows
            if language == "nl" and nats > 8.2 and 4 <= len(word) <= 10 and word.isalpha()
        ]  # fmt: skip
        self._random.shuffle(self._building)
        self._building_shares = list(accumulate(1 / (rank + 20) for rank in range(len(self._building))))
        self._names = [self._name() for _ in range(6_000)]
        self._topics = [self._topic() for _ in range(TOPICS)]

    def _name(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 3))).capitalize()

    def _compound(self) -> str:
        head, tail = self._random.choices(self._building, cum_weights=self._building_shares, k=2)
        return f"{head}{self._random.choice(_LINKS)}{tail}"

    def _topic(self) -> list[str]:
        common = self._random.sample(self._building, _TOPIC_WORDS // 2)
        return common + [self._compound() for _ in common]

    def _number(self) -> str:
        kind = self._random.randrange(4)
        if kind == 0:
            return str(self._random.randint(1990, 2026))
        if kind == 1:
            return f"{self._random.randint(1, 28)} {self._random.choice(_MONTHS)} {self._random.randint(2010, 2026)}"
        return f"{self._random.randint(1, 99)}%" if kind == 2 else str(self._random.randint(2, 90_000))

    def _sentence(self, topic: list[str]) -> str:
        length = min(40, max(5, round(self._random.lognormvariate(2.75, 0.4))))
        words = self._random.choices(self._words, cum_weights=self._shares, k=length)
        for place in range(length):
            lot = self._random.random()
            if lot < _TOPICAL:
                # Either half of a topic, words and compounds, is as frequent; within each the first are the most.
                words[place] = topic[min(int(self._random.expovariate(1 / 8)), 29) + self._random.choice((0, 30))]
            elif lot < _TOPICAL + _COMPOUND:
                words[place] = self._compound()
            elif lot < _TOPICAL + _COMPOUND + _NUMBER:
                words[place] = self._number()
            elif lot < _TOPICAL + _COMPOUND + _NUMBER + _NAME:
                words[place] = self._random.choice(self._names)
        text = " ".join(words)
        return text[0].upper() + text[1:] + "."

    def records(self, count: int) -> Iterator[Record]:
        """Yield ``count`` documents of one passage each: 2 to 7 sentences, at most 1,150 code points."""
        for number in range(count):
            topic = self._random.choice(self._topics)
            wanted = self._random.randint(2, 7)
            sentences: list[str] = []
            while len(sentences) < wanted and sum(map(len, sentences)) < 850:
                sentences.append(self._sentence(topic)[:240])
            if self._random.random() < _REPORTING:
                _, name, _ = self._random.choice(SPEAKERS)
                sentences[-1] = f"Volgens {name} is dat anders: {sentences[-1][0].lower()}{sentences[-1][1:]}"
            date = f"2025-{self._random.randint(1, 12):02d}-{self._random.randint(1, 28):02d}"
            title = " ".join(self._random.sample(topic, 2)).capitalize()
            yield Record(f"r{number:06d}", title, " ".join(sentences), date)

    def questions(self, count: int) -> list[str]:
        """Return questions on the topics: in Dutch, one in eight with a typing error, one in eight in English."""
        found = []
        for number in range(count):
            topic = self._random.choice(self._topics)
            words = self._random.sample(topic[:16] + topic[30:46], 3)
            if number % 8 == 3:
                words[0] = self._mistyped(words[0])
            templates = _TEMPLATES
            if number % 8 == 6:
                templates, words = _TEMPLATES_EN, self._random.sample(self._english, 3)
            found.append(self._random.choice(templates).format(*words))
        return found

    def _mistyped(self, word: str) -> str:
        place = self._random.randint(1, len(word) - 2)
        return word[:place] + word[place + self._random.choice((1, -1)) :]


def write_corpus(directory: Path, documents: int, seed: int = 0) -> Path:
    """Write a corpus of ``documents`` records, a quarter of them for each of four speakers; return its directory."""
    directory.mkdir(parents=True, exist_ok=True)
    entries = [
        f'[[speaker]]\nid = "{ident}"\nname = "{name}"\naliases = {json.dumps(aliases)}\n'
        for ident, name, aliases in SPEAKERS
    ]
    files = []
    for ident, name, _ in SPEAKERS:
        entries.append(
            f'[[source]]\nid = "{ident}-stukken"\ntitle = "Stukken van {name}"\npublisher = "{name}"\nspeaker = "{ident}"\n'
            f'language = "nl"\npath = "{ident}.jsonl"\n'
        )
        files.append((directory / f"{ident}.jsonl").open("w", encoding="utf-8"))
    for number, record in enumerate(DutchTexts(seed).records(documents)):
        line = {"id": record.id, "title": record.title, "text": record.text, "date": record.date}
        files[number % len(files)].write(json.dumps(line, ensure_ascii=False) + "\n")
    for file in files:
        file.close()
    (directory / "sources.toml").write_text("\n".join(entries), encoding="utf-8")
    return directory

"""Documents in which one asks and another answers: "Vraag 2 … Antwoord op vraag 2 …".

The answers to parliamentary questions are written so. Whoever answers repeats the questions, but they are not its words. So are
advices that are published with the reaction of whoever was advised, each part after a line "Reactie:".
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.parsing.blocks import Parsed

_NUMBERS = r"(?:\s*(?:\d{1,3}[a-z]?|,|en|and|t/m|tot en met|-|–|&))*"
_QUESTION = re.compile(rf"^(?:vraag|vragen|question|questions)\s+\d{_NUMBERS}\s*[.:]?$", re.IGNORECASE)
_ANSWER = re.compile(
    rf"^(?:antwoord|antwoorden|answer|answers)(?:\s+(?:op|to)(?:\s+(?:de|the))?\s+(?:vraag|vragen|questions?))?{_NUMBERS}\s*[.:]?$",
    re.IGNORECASE,
)
_REPLY = re.compile(r"^(?:reactie|reply|response)(?:\s+(?:van|of|by)\s.{1,40})?\s*:?$", re.IGNORECASE)
_LONGEST_MARK = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A line that says who speaks from here on. ``numbers`` are those of the questions.

    A ``reply`` is somebody else's, up to the next heading; there must be two of them, since one may be anything.
    """

    kind: Literal["question", "answer", "reply"]
    numbers: tuple[int, ...] = ()


def turns(parsed: Parsed) -> dict[int, Turn]:
    """Return {number of a block: turn} for the lines that open a question or an answer; {} where the text is no dialogue."""
    found: dict[int, Turn] = {}
    for number, block in enumerate(parsed.blocks):
        if block.end - block.start > _LONGEST_MARK or block.kind not in ("paragraph", "heading"):
            continue
        line = " ".join(parsed.text[block.start : block.end].split())
        if _QUESTION.match(line):
            found[number] = Turn("question", _numbers(line))
        elif _ANSWER.match(line):
            found[number] = Turn("answer", _numbers(line))
        elif _REPLY.match(line):
            found[number] = Turn("reply")
    kinds = Counter(turn.kind for turn in found.values())
    is_dialogue, has_replies = kinds["question"] and kinds["answer"], kinds["reply"] > 1
    return {number: turn for number, turn in found.items() if (has_replies if turn.kind == "reply" else is_dialogue)}


def _numbers(line: str) -> tuple[int, ...]:
    numbers = [int(digits) for digits in re.findall(r"\d+", line)]
    if len(numbers) == 2 and re.search(r"\d\s*(?:t/m|tot en met|-|–)\s*\d", line) and numbers[0] < numbers[1]:
        return tuple(range(numbers[0], min(numbers[1], numbers[0] + 99) + 1))
    return tuple(numbers)


def questions_answered(parsed: Parsed, found: dict[int, Turn], sections: Sequence[str | None]) -> dict[str, str]:
    """Return {heading of an answer: the questions that it answers}: what its passages are about."""
    texts: dict[int, str] = {}
    latest = ""
    answered: dict[str, str] = {}
    places = sorted(found)
    for place, start in enumerate(places):
        end = places[place + 1] if place + 1 < len(places) else len(parsed.blocks)
        turn = found[start]
        if turn.kind == "question":
            blocks = parsed.blocks[start + 1 : end]
            latest = " ".join(parsed.text[block.start : block.end] for block in blocks if block.kind != "footnote")
            texts.update(dict.fromkeys(turn.numbers, latest))
        elif turn.kind == "answer" and (heading := sections[start]):
            asked = [texts[number] for number in turn.numbers if number in texts] or [latest]
            answered[heading] = " ".join(dict.fromkeys(asked))
    return answered

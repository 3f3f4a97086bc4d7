"""A corpus whose right answers are known for each of its states, and the question whether an index gives them."""

from dataclasses import dataclass
from pathlib import Path

from app.errors import BriefwijzerError, NotFoundError
from app.passages import revision
from app.service import Service
from tests.conftest import LETTER, QUESTION, SOURCES, StemEmbedder

RECORDS = 30
# So many that an ingest has their texts analysed in a process of its own.
MANY_RECORDS = 600
_RECORDS_SOURCE = """
[[source]]
id = "gemeenten"
title = "Gemeenten"
publisher = "Raad van State"
speaker = "raad-van-state"
language = "nl"
path = "gemeenten.jsonl"
"""
_ASKED = (0, 7, 19, RECORDS - 1)


def letter(state: int) -> str:
    """Return the letter in its state ``state``."""
    return LETTER.replace("vier jaar", f"{state + 100} jaar")


def right_answer(state: int) -> list[str]:
    """Return what the answer to QUESTION quotes where the letter is in this state."""
    return [f"De gemeente krijgt {state + 100} jaar geld voor taallessen. Dat is volgens ons te kort."]


def _record(number: int, state: int) -> str:
    return f"De wethouder van Plaats{number}dorp bouwt {state + 100} woningen voor statushouders."


def write_corpus(folder: Path, state: int, records: int = RECORDS) -> Path:
    """Put the corpus into a state; the files are replaced one by one, as people do it. The first of ``records`` are asked for."""
    folder.mkdir(exist_ok=True)
    (folder / "sources.toml").write_text(SOURCES + _RECORDS_SOURCE, encoding="utf-8")
    (folder / "brief.txt").write_text(letter(state), encoding="utf-8")
    lines = [f'{{"id": "g{n}", "text": "{_record(n, state)}"}}\n' for n in range(records)]
    (folder / "gemeenten.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Found:
    """What an index answered: the state that its answers are right for, or why not."""

    state: int | None
    wrong: str | None
    revisions: frozenset[str]


def ask(index: Path, states: range, embedder: StemEmbedder | None = None) -> Found:
    """Ask an index for the letter and for some records. All answers must be right, and for one and the same state."""
    service = Service(index, embedder or StemEmbedder(), 2_000)
    try:
        service.open()
        with service.reading() as reading:
            quotes = [citation.quote for citation in reading.answerer.ask(QUESTION).citations]
            state = next((state for state in states if quotes == right_answer(state)), None)
            if state is None:
                return Found(None, f"quoted {quotes}", frozenset())
            retriever = reading.retriever
            for number in _ASKED:
                hits = retriever.search(retriever.reader.read(f"wethouder van Plaats{number}dorp"), 3)
                if not hits or hits[0].passage.text != _record(number, state):
                    return Found(None, f"found {[hit.passage.text for hit in hits]} for record {number}", frozenset())
            kept = set()
            for each in states:
                try:
                    kept.add(reading.index.catalogue.document("brief", revision(_read(each))).rev)
                except NotFoundError:
                    continue
            return Found(state, None, frozenset(kept))
    except BriefwijzerError as error:
        return Found(None, f"{type(error).__name__}: {error}", frozenset())
    finally:
        service.close()


def _read(state: int) -> str:
    return letter(state).strip()


def rev(state: int) -> str:
    """Return the revision of the letter in a state."""
    return revision(_read(state))

"""What a chat model may say of some sentences: a labelled set of statements, on many themes, that hold or do not."""

import json
from collections import Counter
from pathlib import Path

import pytest

from app.answering.checking import check, prepare
from app.index import open_current
from app.passages import Sentence
from app.retrieval import QuestionReader

EVALUATION = Path(__file__).parent / "evaluation"


def rows(name):
    return [json.loads(line) for line in (EVALUATION / name).read_text(encoding="utf-8").splitlines()]


ROWS = rows("statements.jsonl")
# Close to the wording and yet another thing: who, whom, than, not, all, of which, if. On the letter and on texts of our own.
REWORDINGS = rows("rewordings.jsonl")
# Statements that hold and are dropped all the same, each with the reason: what cannot be told falls.
DROPPED = {(row["statement"], row["evidence"]): row["why"] for row in rows("dropped.jsonl")}
NAMES = {"VluchtelingenWerk": ["VluchtelingenWerk Nederland", "VluchtelingenWerk", "VWN"]}


@pytest.fixture(scope="module")
def reader(letter_index):
    index = open_current(letter_index)
    yield QuestionReader(index.catalogue)
    index.close()


def sentences(*texts, speaker="vwn", kind="paragraph"):
    return [Sentence("d", i, 0, len(text), text, speaker, None, kind, 0) for i, text in enumerate(texts)]


@pytest.fixture(scope="module")
def verdict(reader, bundled):
    def of(statement, *evidence, language="nl", names=("Woonbond",), **options):
        return check(
            statement, sentences(*evidence, **options), language=language, names=names, reader=reader, embedder=bundled
        )

    return of


@pytest.fixture(scope="module")
def verdicts(verdict):
    return [
        (
            row,
            verdict(
                row["statement"],
                *row["evidence"],
                language=row["language"],
                names=NAMES.get(row["speaker"], [row["speaker"]]),
            ),
        )
        for row in (*ROWS, *REWORDINGS)
    ]


def test_there_are_enough_statements_on_enough_themes():
    assert len(ROWS) >= 250
    assert len({row["theme"] for row in ROWS}) >= 20
    assert len({row["kind"] for row in ROWS if not row["holds"]}) >= 20
    assert {row["language"] for row in ROWS} == {"nl", "en"}
    assert len({(row["statement"], *row["evidence"]) for row in ROWS}) == len(ROWS)


def test_no_statement_that_does_not_hold_gets_through(verdicts):
    leaked = [(row["kind"], row["statement"]) for row, why in verdicts if not row["holds"] and why is None]
    assert leaked == []


def test_the_rewordings_are_enough_and_of_every_kind():
    wrong = [row for row in REWORDINGS if not row["holds"]]
    assert len(wrong) >= 200
    assert len(REWORDINGS) - len(wrong) >= 80
    assert {row["kind"] for row in wrong} >= {
        "agent", "swap", "comparison", "negation", "quantifier", "partitive", "restriction", "condition", "modality", "date",
    }  # fmt: skip
    assert {row["source"] for row in REWORDINGS} == {"brief", "eigen", "own"}
    assert {row["language"] for row in wrong} == {"nl", "en"}


def test_what_holds_is_kept_but_for_what_is_listed_with_its_reason(verdicts):
    fallen = {(row["statement"], row["evidence"][0]) for row, why in verdicts if row["holds"] and why is not None}
    assert fallen - DROPPED.keys() == set()
    assert all(DROPPED.values())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_of_the_statements_that_hold_more_than_half_are_kept(verdicts, language):
    kept = [why is None for row, why in verdicts if row["holds"] and row["language"] == language]
    assert sum(kept) / len(kept) >= 0.5


def test_the_reasons_tell_what_was_wrong(verdicts):
    reasons = Counter(why for row, why in verdicts if not row["holds"])
    assert {
        "number",
        "negation",
        "obligation",
        "opposite",
        "quantifier",
        "attribution",
        "role",
        "characters",
    } <= reasons.keys()


RENT = "De huur steeg in 2023 met 4% in Utrecht."


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("De huur steeg. " * 40, "too_long"),
        ("De [huur](//example.org) steeg in 2023 met 4% in Utrecht.", "markup"),
        ("De huur steeg in 2023 met 4% in Utrecht, zie www.example.org.", "markup"),
        ("De <i>huur</i> steeg in 2023 met 4% in Utrecht.", "markup"),
        ("De huur\u200bprijs steeg in 2023 met 4% in Utrecht.", "characters"),
        ("De huur steeg in 2023 met 4% in Utrеcht.", "characters"),
        ("De huur steeg in 2023 met ٤% in Utrecht.", "characters"),
        ("De huur steeg in 2023 met 4% in Utrecht\u202e.", "characters"),
        ("De huur steeg in ２０２３ met 4% in Utrecht.", "characters"),
        ("De huur steeg in 2023 met 4⁰% in Utrecht.", "characters"),
        ("In Utrecht zei men: “de huur is altijd te hoog”, in 2023.", "quote"),
        ("The rent rose by 4% in Utrecht in 2023.", "language"),
        ("De huur steeg in 2023 met 4% in Zwolle.", "name"),
        ("De huur steeg in 2023 met 5% in Utrecht.", "number"),
        ("Wij zien dat de huur in 2023 met 4% steeg in Utrecht.", "attribution"),
    ],
)
def test_a_statement_falls_for_its_own_reason(verdict, statement, reason):
    assert verdict(statement, RENT) == reason


def test_what_the_sentence_says_passes(verdict):
    assert verdict("De huur steeg in 2023 met 4% in Utrecht.", RENT) is None
    assert verdict("Volgens de Woonbond steeg de huur in Utrecht in 2023 met 4%.", RENT) is None


def test_accents_and_names_of_the_evidence_may_be_repeated(verdict):
    said = "In Łódź betaalde Zoë Müller € 12 per coöperatie."
    assert verdict("Zoë Müller betaalde in Łódź € 12 per coöperatie.", said) is None


def test_sentences_of_two_speakers_carry_no_statement(reader, bundled):
    mixed = [*sentences("De huur steeg."), *sentences("De huur steeg in Utrecht.", speaker="rvs")]
    assert check("De huur steeg.", mixed, language="nl", names=(), reader=reader, embedder=bundled) == "speaker"


def test_without_a_sentence_nothing_holds(verdict):
    assert verdict("De huur steeg.") == "unknown_sentence"


def test_a_heading_is_a_proposal_of_who_wrote_it(verdict):
    heading = "Streng optreden tegen overlast"
    assert verdict("De Woonbond wil streng optreden tegen overlast.", heading, kind="heading") is None
    assert verdict("De Woonbond wil soepel optreden tegen overlast.", heading, kind="heading") is not None


def test_preparing_twice_is_no_harm():
    prepare()
    prepare()

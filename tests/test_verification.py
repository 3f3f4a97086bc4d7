"""The gate: nothing leaves that does not stand in the record, word for word, under the name of who said it."""

from dataclasses import replace

import pytest

from app.answers import Citation, Statement
from app.passages import Block, Document
from app.verification import holds, verified

TEXT = "Zij willen gesloten opvang.\n\nWij willen dat niet."
DOCUMENT = Document(
    "brief",
    "brief",
    "Brief",
    TEXT,
    (Block("heading", 0, 27, speaker="verslag"), Block("paragraph", 29, 49, speaker="vwn")),
)


def citation(start, end, speaker, **changed):
    cited = Citation(
        1, TEXT[start:end], "brief", DOCUMENT.rev, "brief", None, "Brief", None, speaker, None, None, None, None, start, end, (),
        None, "/documents/brief", None,
    )  # fmt: skip
    return replace(cited, **changed)


def kept(cited, speaker="vwn"):
    statement = Statement(cited.quote, speaker, (1,))
    return verified([statement], [cited], [DOCUMENT]) == [statement]


def test_a_verbatim_quote_of_its_speaker_passes():
    assert kept(citation(29, 49, "vwn"))
    assert kept(citation(0, 27, "verslag"), "verslag")


@pytest.mark.parametrize(
    "cited",
    [
        citation(29, 49, "vwn", quote="Wij willen dat wel."),
        citation(29, 49, "vwn", quote="wij willen dat niet."),
        replace(citation(29, 49, "vwn"), start=28),
        citation(29, 49, "vwn", rev="000000000000"),
        citation(29, 49, "vwn", document_id="ander"),
        citation(29, 29, "vwn", quote=""),
        citation(0, 27, "vwn"),
        citation(0, 49, "vwn"),
        citation(29, 49, None),
    ],
)
def test_what_does_not_stand_there_does_not_pass(cited):
    assert not holds(cited, DOCUMENT)
    assert not kept(cited)


def test_a_statement_under_another_name_than_its_evidence_does_not_pass():
    assert not kept(citation(29, 49, "vwn"), "verslag")


@pytest.mark.parametrize("numbers", [(), (2,), (1, 2)])
def test_a_statement_that_points_at_nothing_does_not_pass(numbers):
    cited = citation(29, 49, "vwn")
    assert verified([Statement(cited.quote, "vwn", numbers)], [cited], [DOCUMENT]) == []


def test_a_citation_of_an_unknown_document_does_not_pass():
    cited = citation(29, 49, "vwn")
    assert verified([Statement(cited.quote, "vwn", (1,))], [cited], []) == []

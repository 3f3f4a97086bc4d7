"""Whom a sentence reports, beside whose sentence it is."""

import pytest

from ingest.reported import reported_speaker

NAMES = (
    ("VluchtelingenWerk Nederland", "vwn"),
    ("onderhandelingsdocument", "tussenverslag"),
    ("Raad van State", "raad-van-state"),
    ("Europese Commissie", "europese-commissie"),
    ("RvS", "raad-van-state"),
)


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("Volgens de Raad van State mag dit niet.", "raad-van-state"),
        ("Aldus de RvS is dat onjuist.", "raad-van-state"),
        ("De Europese Commissie heeft vorig jaar aangegeven dat dit niet hoeft.", "europese-commissie"),
        ("Dit is ook aangegeven door de Europese Commissie.", "europese-commissie"),
        ("In tegenstelling tot wat er in het onderhandelingsdocument staat, kan dit wel.", "tussenverslag"),
        ("De Raad van State waarschuwt voor lange procedures.", "raad-van-state"),
        ("Zie het advies van de Raad van State.", "raad-van-state"),
        ("According to the Raad van State this is wrong.", "raad-van-state"),
    ],
)
def test_explicit_attribution_is_recognised(sentence, who):
    assert reported_speaker(sentence, NAMES, "vwn") == who


@pytest.mark.parametrize(
    "sentence",
    [
        "De Raad van State is een adviesorgaan.",
        "Het plan gaat naar de Europese Commissie en het parlement.",
        "De maatregelen uit het onderhandelingsdocument zijn goed.",
        "Volgens ons mag dit niet.",
    ],
)
def test_a_mere_mention_attributes_nothing(sentence):
    assert reported_speaker(sentence, NAMES, "vwn") is None


def test_nobody_reports_themselves():
    assert reported_speaker("VluchtelingenWerk Nederland stelt dat dit niet kan.", NAMES, "vwn") is None
    assert reported_speaker("VluchtelingenWerk Nederland stelt dat dit niet kan.", NAMES, None) == "vwn"


def test_a_name_inside_a_longer_word_is_not_the_speaker():
    assert reported_speaker("Volgens de RvSx is dat zo.", NAMES, None) is None


def test_signs_in_a_name_are_taken_as_they_are():
    assert reported_speaker("Volgens C.O.A. (landelijk) is er plaats.", (("C.O.A", "coa"),), None) == "coa"
    assert reported_speaker("Volgens CXOXA is er plaats.", (("C.O.A", "coa"),), None) is None

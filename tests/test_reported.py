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
        ("Dit is onjuist, stelt de Raad van State.", "raad-van-state"),
        ("“Dit kan niet,” zegt de Raad van State in haar advies.", "raad-van-state"),
        ("Ook concludeert de Raad van State dat dit niet kan.", "raad-van-state"),
        ("De Raad van State wijst erop dat het niet kan.", "raad-van-state"),
        ("De Raad van State merkt terecht op dat dit niet kan.", "raad-van-state"),
        ("De Raad van State (RvS) stelt dat dit zo is.", "raad-van-state"),
        ("Het advies van de Raad van State stelt dat dit niet kan.", "raad-van-state"),
        ("Naar het oordeel van de Raad van State is dit onjuist.", "raad-van-state"),
        ("Zoals het onderhandelingsdocument voorstelt, gaat dit zo.", "tussenverslag"),
        ("Contrary to what the onderhandelingsdocument says, this is possible.", "tussenverslag"),
        ("As the Europese Commissie has indicated, return is voluntary.", "europese-commissie"),
        ("Volgens de Europese Commissie en de Raad van State kan dit.", "europese-commissie"),
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
        "Het overleg met de Raad van State vindt plaats in maart.",
        "De Raad van State wijst het verzoek af.",
        "De brief aan de Raad van State zegt dat het goed is.",
        "De reactie op het advies van de Raad van State volgt nog.",
        "De Raad van State heeft niet gezegd dat dit mag.",
        "De Raad van State zegt niet dat dit mag.",
        "Wat zegt de Raad van State?",
        "VWN adviseert de Raad van State om te wachten.",
        "De Raad van State-procedure duurt lang.",
        "Deelt u de mening van de Raad van State dat dit niet kan?",
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

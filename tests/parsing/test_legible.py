"""Letters that make words, and letters that do not."""

import pytest

from ingest.parsing.legible import is_gibberish

DUTCH = "De opvang van asielzoekers vraagt om ruimte en om tijd, en beide zijn er te weinig in dit land. " * 4


@pytest.mark.parametrize(
    "text",
    [
        DUTCH,
        "The committee advises the government to provide enough places before the border procedure starts. " * 4,
        "Le gouvernement a décidé de renforcer les mesures concernant l'accueil des réfugiés dans les communes. " * 4,
        "Syrië 12.000 Turkije 2.700 Eritrea 1.900 Jemen 850 Afghanistan 640 Irak 530 Iran 420 Somalië 380 " * 5,
        "Hoofdstuk 3",
        "• eerste punt • tweede punt \uf0b7 derde punt van deze lijst",
    ],
    ids=["Dutch", "English", "French", "table", "short", "bullets"],
)
def test_language_is_no_gibberish(text):
    assert not is_gibberish(text)


@pytest.mark.parametrize("shift", range(1, 26))
def test_letters_that_stand_for_others_are_gibberish(shift):
    turned = "".join(chr((ord(s) - 97 + shift) % 26 + 97) if s.isalpha() else s for s in DUTCH.lower())
    assert is_gibberish(turned)


@pytest.mark.parametrize("text", ["\ue012\ue013\ue014 " * 80, "\ufffd\ufffd\ufffd " * 50, "qzxw bcdf ghjk " * 30])
def test_signs_of_no_alphabet_are_gibberish(text):
    assert is_gibberish(text)

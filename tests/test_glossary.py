"""begrippen.toml: read, and refused with the entry's name."""

import pytest

from app.errors import CorpusError
from ingest.glossary import load_glossary

GOOD = """
[[begrip]]
term = "asielzoeker"
meaning = "Iemand die om bescherming vraagt."
synonyms = ["asielaanvrager"]
"""


def test_entries_are_read_with_their_defaults(make_corpus):
    corpus = make_corpus({"begrippen.toml": GOOD})
    assert load_glossary(corpus) == (
        {
            "term": "asielzoeker", "meaning": "Iemand die om bescherming vraagt.", "synonyms": ["asielaanvrager"],
            "everyday": [], "english": [],
        },
    )  # fmt: skip


def test_a_corpus_without_a_glossary_is_fine(make_corpus):
    assert load_glossary(make_corpus()) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[begrip]]\nterm = azc\n", "line 2, key 'term': not valid TOML"),
        ("[[begrippen]]\nterm = 'azc'\n", r"unknown key 'begrippen'.*\[\[begrip\]\]"),
        ("[begrip]\nterm = 'azc'\n", r"unknown key 'begrip'.*\[\[begrip\]\]"),
        (b'[[begrip]]\nterm = "caf\xe9"', "cannot be read"),
        ('[[begrip]]\nterm = "azc"\n', r"\[\[begrip\]\] azc: meaning"),
        ('[[begrip]]\nmeaning = "x"\n', r"\[\[begrip\]\] number 1: term"),
        (GOOD + "soort = 1\n", r"\[\[begrip\]\] asielzoeker: soort"),
        (GOOD + GOOD.replace("asielzoeker", "Asielzoeker"), "'Asielzoeker' stands there twice"),
    ],
)
def test_what_is_wrong_is_said_with_the_entry(make_corpus, content, message):
    with pytest.raises(CorpusError, match=rf"begrippen\.toml.*{message}"):
        load_glossary(make_corpus({"begrippen.toml": content}))

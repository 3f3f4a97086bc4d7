"""What is no TOML is said with its line and key, wherever the parser noticed it."""

from pathlib import Path

import pytest

from app.errors import CorpusError
from ingest.toml_files import parse_toml

FILE = Path("bestand.toml")


def test_a_table_is_read():
    assert parse_toml(FILE, '[[a]]\nb = "c"\n') == {"a": [{"b": "c"}]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a = "b\nc = "d"\n', "line 1, key 'a'"),
        ("a =\n", "line 1, key 'a'"),
        ('a = ["b",\n\n\n', "line 1, key 'a'"),
        ("[[a]]\nlang.b = nee\n", "line 2, key 'lang.b'"),
        ("[[a]\n", "line 1"),
        ("= 3", "line 1"),
    ],
)
def test_a_fault_is_named_with_its_line_and_key(text, place):
    with pytest.raises(CorpusError) as caught:
        parse_toml(FILE, text)
    assert str(caught.value).startswith(f"bestand.toml, {place}: not valid TOML (")


def test_a_long_line_is_not_repeated_in_full():
    with pytest.raises(CorpusError) as caught:
        parse_toml(FILE, "a = " + "x" * 10_000)
    assert len(str(caught.value)) < 300

import pytest

from app.errors import DocumentError
from ingest.parsing import parse

SOURCE = """---
title: Advies
date: 2025-06-25
---
# Advies over het pact

De Afdeling adviseert [de wet](https://example.org/wet) aan te passen.

## Punten

- Voldoende plekken
- Rechtsbijstand

| Land | Percentage |
| --- | --- |
| Bulgarije | 14% |
"""


def texts(parsed, kind):
    return [parsed.text[b.start : b.end] for b in parsed.blocks if b.kind == kind]


def test_structure_links_and_front_matter_are_read():
    parsed = parse(SOURCE.encode(), "advies.md")
    assert texts(parsed, "heading") == ["Advies over het pact", "Punten"]
    assert texts(parsed, "list_item") == ["Voldoende plekken", "Rechtsbijstand"]
    assert texts(parsed, "table_row") == ["Land: Bulgarije; Percentage: 14%"]
    assert (parsed.title, parsed.date) == ("Advies", "2025-06-25")
    [link] = parsed.links
    assert parsed.text[link.start : link.end] == "de wet"


def test_html_inside_markdown_is_text_and_no_markup():
    parsed = parse(b"Een <script>alert(1)</script> in de tekst.", "advies.md")
    assert "<script>" in parsed.text


def test_another_encoding_is_named():
    with pytest.raises(DocumentError, match="not UTF-8"):
        parse("één".encode("latin-1"), "advies.md")

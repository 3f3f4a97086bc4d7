"""Records, one a line: what is read, and what is refused with the line's number."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import DocumentError
from ingest.parsing.jsonl import document_id, read_records


@pytest.fixture
def records(tmp_path):
    def read(content):
        path = tmp_path / "vragen.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_records(path))

    return read


def line(**values):
    return json.dumps(values, ensure_ascii=False) + "\n"


def test_each_line_is_a_document_with_what_it_says_of_itself(records):
    first, second = records(
        line(id="a", text="Eén alinea.\n\nNog een.", title="T", url="https://x.nl/", date="2024-05")
        + "\n"
        + line(id="b", text="B.")
    )
    assert (first.id, first.title, first.url, first.date) == ("a", "T", "https://x.nl/", "2024-05")
    assert first.parsed.text == "Eén alinea.\n\nNog een."
    assert [block.kind for block in first.parsed.blocks] == ["paragraph", "paragraph"]
    assert (second.id, second.title) == ("b", None)


def test_unknown_keys_are_left_alone(records):
    assert records(line(id="a", text="A.", score=3))[0].id == "a"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (line(id="a", text="A.") + "{\n", "line 2: not valid JSON"),
        (line(id="a", text="A.") + "[1]\n", 'line 2: a record is an object with "id" and "text"'),
        (line(id=1, text="A."), 'line 1: a record is an object with "id" and "text"'),
        (line(id="a"), 'line 1: a record is an object with "id" and "text"'),
        (line(id=" ", text="A."), "line 1: the id is empty"),
        (line(id="a", text=" \n"), "line 1: record 'a' has an empty text"),
        (line(id="a", text="A.") + line(id="a", text="B."), "line 2: id 'a' stands there twice"),
        (line(id="a", text="A.", title=3), "line 1: 'title' is 3; write a string"),
        (line(id="a", text="A.", url="javascript:alert(1)"), "line 1: url 'javascript:alert"),
        (line(id="a", text="A.") + "\n" + '{"id": "b"', "line 3: not valid JSON"),
        ('{"id": "a", "text": "caf\xe9"}'.encode("latin-1"), "line 1: not UTF-8 text \\(byte 0xe9\\)"),
        ("[" * 100_000, "line 1: not valid JSON"),
    ],
)
def test_what_is_no_record_is_refused_with_its_line(records, content, message):
    with pytest.raises(DocumentError, match=rf"^vragen\.jsonl.*{message}"):
        records(content)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(records):
    with pytest.raises(DocumentError, match="line 1: longer than 8 MB"):
        records(b'{"id": "a", "text": "' + b"x" * (9 * 1024 * 1024))


def test_records_are_read_as_they_are_asked_for(tmp_path):
    path = tmp_path / "vragen.jsonl"
    path.write_text(line(id="a", text="A.") + "{broken\n", encoding="utf-8")
    assert next(read_records(path)).id == "a"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("12", "vragen.12"),
        ("Q 12/a", "vragen.q-12-a"),
        ("../../etc", "vragen.etc"),
        ("é", "vragen"),
        ("a.b_c", "vragen.a.b_c"),
    ],
)
def test_a_documents_id_can_stand_in_an_address(record, expected):
    assert document_id("vragen", record) == expected


LINE = line(id="a", text="Eén alinea.\n\nNog een.", title="T", url="https://x.nl/", date="2024-05").encode()
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\n", b"\r", b"\xef\xbb\xbf", b"\xff", b"{", b"}", b"[" * 2_000, b'"', b"\\ud800", b"\\u0000", b"1e999", b"NaN", LINE]),
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=6))
def test_whatever_is_done_to_a_file_its_records_can_be_used_or_its_line_is_named(tmp_path_factory, edits):
    content = LINE + LINE.replace(b'"a"', b'"b"')
    for place, length, piece in edits:
        start = int(place * len(content))
        content = content[:start] + piece + content[start + length :]
    path = tmp_path_factory.mktemp("fuzz") / "vragen.jsonl"
    path.write_bytes(content)
    try:
        found = list(read_records(path))
    except DocumentError as error:
        if not str(error).startswith("vragen.jsonl"):
            raise
        return
    assert len({record.id for record in found}) == len(found) > 0
    for record in found:
        # It goes into a database and out as JSON.
        record.id.encode()
        record.parsed.text.encode()
        assert re.fullmatch(r"[a-z0-9._-]+", document_id("vragen", record.id))
        assert all(0 <= block.start < block.end <= len(record.parsed.text) for block in record.parsed.blocks)

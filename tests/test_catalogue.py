"""The catalogue: what was written comes back, to every thread; damage is said."""

import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest

from app.errors import DamagedIndexError, NotFoundError
from app.index.catalogue import Catalogue, derived_rows, from_blobs, stored_documents, to_blob
from app.index.writing import CatalogueWriter
from app.passages import Block, Document, Link, Passage, Sentence, SourceState, Speaker

TEXT = "Eén zin over opvang. En nog één 😀 zin."
SPEAKER = Speaker("vwn", "VluchtelingenWerk", ("VWN",), ("hint",), owner=True)
STATE = SourceState("brief", "Een brief", "ok", publisher="VWN", speaker="vwn", documents=1, passages=1, words=8)
DOCUMENT = Document(
    "brief", "brief", "Een brief", TEXT, (Block("paragraph", 0, len(TEXT), speaker="vwn", page=2),),
    (Link("opvang", "https://x.nl/", 13, 19),), None, "VWN", "vwn", "nl", "2025-12",
)  # fmt: skip
OLD = Document("brief", "brief", "Een brief", "Zo stond het er eerst.", ())
SENTENCES = (
    Sentence("brief", 0, 0, 20, TEXT[:20], "vwn", None, "paragraph", 0, None, 2),
    Sentence("brief", 1, 21, len(TEXT), TEXT[21:], "vwn", None, "paragraph", 0, "rvs", 2),
)
PASSAGE = Passage(0, "brief", 0, 1, 0, len(TEXT), TEXT, "vwn", None, "paragraph")
VECTOR = to_blob(np.eye(4, dtype=np.float32)[1])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "catalogue.sqlite"
    writer = CatalogueWriter(path)
    writer.speakers([SPEAKER])
    writer.source(STATE)
    writer.glossary([{"term": "azc", "meaning": "Een opvanglocatie."}])
    row = writer.document(DOCUMENT)
    for sentence in SENTENCES:
        writer.sentence(row, sentence, "zin", "deel", VECTOR)
    writer.passage(row, PASSAGE, "zin opvang", "op vang", "brief", b"", b"d", VECTOR)
    writer.document(OLD, current=False)
    writer.vocabulary([(0, "opvang", "opvang", 1, VECTOR)], [("opvang", 0, 1.0), ("vang", 0, 0.8)])
    writer.frequencies([("opvang", 1)])
    writer.meta(created_at="2025-12-02")
    writer.close()
    return path


@pytest.fixture
def catalogue(path):
    with closing(Catalogue(path)) as opened:
        yield opened


def test_what_was_written_comes_back(catalogue):
    assert catalogue.meta() == {"created_at": "2025-12-02", "sentences": str(len(SENTENCES))}
    assert catalogue.speakers() == (SPEAKER,)
    assert catalogue.sources() == (STATE,)
    assert catalogue.glossary() == ({"term": "azc", "meaning": "Een opvanglocatie."},)
    assert catalogue.document("brief") == DOCUMENT
    assert [sentence for sentence, _ in catalogue.sentences(0, "brief", 0, 9)] == list(SENTENCES)
    assert [passage for passage, *_ in catalogue.passages([0, 7])] == [PASSAGE]
    assert catalogue.vectors([0, 7]) == {0: VECTOR}
    assert catalogue.linked() == [(0, list(DOCUMENT.links))]
    assert catalogue.frequencies(["opvang", "nergens"]) == {"opvang": 1}
    assert [(term, share, words.tolist()) for term, share, words in catalogue.words_of(["vang"])] == [
        ("vang", 0.8, [0])
    ]
    assert catalogue.vocabulary() == [("opvang", 1)]
    assert list(catalogue.surfaces()) == catalogue.first_seen(["zorg", "opvang"]) == ["opvang"]
    assert catalogue.sentence_count() == len(SENTENCES)
    assert catalogue.speaking() == {PASSAGE.speaker}
    assert catalogue.document_at(0) == DOCUMENT


def test_a_term_of_more_words_than_are_written_at_once_has_them_all(tmp_path):
    writer = CatalogueWriter(tmp_path / "catalogue.sqlite")
    pairs = [("opvang", number, 0.8) for number in range(250_000)]
    writer.vocabulary([], [*pairs[:150_000], ("azc", 7, 1.0), *pairs[150_000:], ("opvang", 5, 1.0)])
    writer.close()
    found = Catalogue(tmp_path / "catalogue.sqlite").words_of(["opvang", "azc", "nergens"])
    assert [term for term, *_ in found] == sorted(term for term, *_ in found)
    by_share = {}
    for term, share, words in found:
        by_share.setdefault((term, share), []).extend(words.tolist())
    assert by_share == {("opvang", 0.8): list(range(250_000)), ("azc", 1.0): [7], ("opvang", 1.0): [5]}


def test_several_runs_of_sentences_come_in_the_order_asked_for(catalogue):
    one, two, *_ = SENTENCES
    runs = catalogue.runs([(0, "brief", 1, 9), (7, "elders", 0, 3), (0, "brief", 0, 1)])
    assert [[sentence for sentence, _ in run] for run in runs] == [list(SENTENCES[1:]), [], [one, two]]
    assert catalogue.runs([]) == []


def test_offsets_are_code_points(catalogue):
    document = catalogue.document("brief")
    for sentence, _ in catalogue.sentences(0, "brief", 0, 9):
        assert document.text[sentence.start : sentence.end] == sentence.text


def test_an_earlier_revision_stays_readable_and_is_never_the_current_one(catalogue):
    assert catalogue.document("brief", OLD.rev).text == OLD.text
    assert catalogue.document("brief").rev == DOCUMENT.rev
    assert catalogue.revisions([0, 1]) == {0: DOCUMENT.rev, 1: OLD.rev}


def test_heads_leave_out_the_text_and_keep_the_links(catalogue):
    head = catalogue.heads([0])[0]
    assert (head.title, head.text, head.links) == ("Een brief", "", DOCUMENT.links)


@pytest.mark.parametrize("rev", [None, "000000000000"])
def test_an_unknown_document_or_revision_is_not_found(catalogue, rev):
    with pytest.raises(NotFoundError, match="There is no document"):
        catalogue.document("brief" if rev else "elders", rev)
    with pytest.raises(NotFoundError, match="row 7"):
        catalogue.document_at(7)


def test_threads_read_at_the_same_time(catalogue):
    found = []
    threads = [threading.Thread(target=lambda: found.append(catalogue.document("brief"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DOCUMENT] * 8


def test_reading_leaves_no_file_beside_it(path, catalogue):
    catalogue.meta()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_derived_parts_can_be_made_from_it(path):
    assert list(derived_rows(path)) == [(0, "zin opvang", "op vang", "brief", VECTOR)]


def test_vectors_keep_their_value_within_half_precision():
    rows = np.random.default_rng(1).normal(size=(3, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(from_blobs([to_blob(row) for row in rows]), rows, atol=1e-3)


def test_a_document_whose_text_is_not_its_revisions_is_not_carried_on(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE documents SET text = 'Iets anders.' WHERE current = 0")
        connection.commit()
    assert list(stored_documents(path)) == [DOCUMENT]


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_what_is_no_catalogue_is_damage(tmp_path, content):
    (tmp_path / "catalogue.sqlite").write_bytes(content)
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    with closing(catalogue), pytest.raises(DamagedIndexError, match=r"catalogue\.sqlite: the catalogue cannot be read"):
        catalogue.meta()


def test_a_missing_catalogue_is_damage_and_none_is_made(tmp_path):
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    with closing(catalogue), pytest.raises(DamagedIndexError, match="cannot be read"):
        catalogue.meta()
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_catalogue_is_damage(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    with closing(Catalogue(path)) as catalogue, pytest.raises(DamagedIndexError, match="cannot be read"):
        catalogue.rows("SELECT d.text, s.text, p.text FROM documents d, sentences s, passages p, glossary, frequencies")


def test_the_sentences_of_a_term_add_up_over_what_is_written_of_it(tmp_path):
    writer = CatalogueWriter(tmp_path / "catalogue.sqlite")
    writer.frequencies([("opvang", 3), ("wet", 1)])
    writer.frequencies([("opvang", 4)])
    writer.close()
    with closing(Catalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        assert catalogue.frequencies(["opvang", "wet"]) == {"opvang": 7, "wet": 1}

"""Publishing: damaged parts are made anew, readers keep their version, old versions go."""

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index import open_current
from app.index.catalogue import from_blobs
from app.index.verifying import damaged_part
from app.index.versions import CATALOGUE, DENSE, LEXICAL, MANIFEST, VECTORS, WORDS, IndexDirectory
from app.passages import Analysed, Block, Document
from ingest.embedding import embedded_pieces
from ingest.pipeline import ingest_corpus
from ingest.publishing import renew
from ingest.splitting import split_document
from ingest.vectors import VectorCache
from tests.conftest import ANSWER, LETTER, SOURCES, StemEmbedder, quotes


def current(index_dir):
    versions = IndexDirectory(index_dir)
    return versions.directory(versions.require_current())


def analysed(text, section, kind="paragraph"):
    document = Document("brief", "brief", "Een brief", text, (Block(kind, 0, len(text)),))
    sentences, passages = split_document(document, [section])
    return Analysed(document, sentences, passages)


def test_a_passage_is_embedded_under_its_heading():
    def pieces(item):
        return embedded_pieces(item, item.passages[0])

    assert pieces(analysed("Meer taal. Minder regels.", "Meedoen")) == ["Meedoen.", "Meer taal.", "Minder regels."]
    assert pieces(analysed("Meer taal.", None)) == ["Meer taal."]
    assert pieces(analysed("Meedoen", "Meedoen", "heading")) == ["Meedoen"]


def test_vectors_put_together_of_sentences_are_those_of_the_whole_texts(bundled, tmp_path):
    vectors = VectorCache(bundled, IndexDirectory(tmp_path / "index"))
    pieces = [["Meedoen.", "Meer taal.", "Minder regels."], ["Meer taal."], ["☃"]]
    _, passages = vectors.passages(vectors.look_up(pieces))
    whole = bundled.encode([" ".join(parts) for parts in pieces])
    assert np.abs(from_blobs(passages) - whole).max() < 1e-3
    sentences = ["Minder regels.", "Iets anders.", "Meer taal."]
    assert np.abs(from_blobs(vectors.sentences(["brief"], sentences)) - bundled.encode(sentences)).max() < 1e-3


@pytest.mark.parametrize("part", [LEXICAL, DENSE, WORDS, VECTORS])
def test_a_damaged_derived_part_is_made_anew_from_the_catalogue_and_nothing_is_embedded(
    small_corpus, small_index, part
):
    embedder = StemEmbedder()
    damaged = current(small_index)
    shutil.rmtree(damaged / part) if (damaged / part).is_dir() else (damaged / part).unlink()
    outcome = ingest_corpus(small_corpus, small_index, embedder)
    assert outcome.changed
    assert outcome.embedded == embedder.texts == 0
    assert damaged_part(current(small_index)) is None
    assert not damaged.exists()
    assert quotes(small_index, embedder) == [ANSWER]
    assert not ingest_corpus(small_corpus, small_index, embedder).changed


def test_a_damaged_catalogue_is_made_anew_from_the_corpus_and_gives_no_vectors(small_corpus, small_index):
    embedder = StemEmbedder()
    path = current(small_index) / CATALOGUE
    data = bytearray(path.read_bytes())
    place = data.index(b"taallessen")
    data[place : place + 10] = b"TAALLESSEN"
    path.write_bytes(data)
    outcome = ingest_corpus(small_corpus, small_index, embedder)
    assert outcome.changed
    assert outcome.embedded > 0
    assert quotes(small_index, embedder) == [ANSWER]


def test_earlier_revisions_survive_a_damaged_catalogue_where_the_version_before_has_them(make_corpus, index_dir):
    embedder = StemEmbedder()
    revs = []
    for number in range(3):
        ingest_corpus(make_corpus({"brief.txt": f"Regel {number}.\n\n{LETTER}"}), index_dir, embedder)
        index = open_current(index_dir)
        revs.append(index.catalogue.document("brief").rev)
        index.close()
    (current(index_dir) / CATALOGUE).write_bytes(b"")
    ingest_corpus(make_corpus({"brief.txt": f"Regel 2.\n\n{LETTER}"}), index_dir, embedder)
    index = open_current(index_dir)
    assert [index.catalogue.document("brief", rev).text[:8] for rev in revs] == ["Regel 0.", "Regel 1.", "Regel 2."]
    index.close()


def test_renewing_a_version_whose_catalogue_is_damaged_is_refused_and_leaves_it(small_index):
    versions = IndexDirectory(small_index)
    name = versions.require_current()
    data = bytearray((versions.directory(name) / CATALOGUE).read_bytes())
    place = data.index(b"taallessen")
    data[place : place + 10] = b"TAALLESSEN"
    (versions.directory(name) / CATALOGUE).write_bytes(data)
    with pytest.raises(DamagedIndexError, match="was not published"):
        renew(name, versions, lambda *_: None)
    assert versions.current() == name
    assert [path.name for path in (small_index / "versions").iterdir()] == [name]


@pytest.mark.parametrize("pointer", [b"", b"20000101T000000000000-000000\n", b"\xff"])
def test_a_damaged_pointer_is_set_anew(small_corpus, small_index, pointer):
    embedder = StemEmbedder()
    (small_index / "current").write_bytes(pointer)
    assert ingest_corpus(small_corpus, small_index, embedder).changed
    assert quotes(small_index, embedder) == [ANSWER]


@pytest.mark.parametrize("manifest", [b"", b"{}", b'{"format": 2}'])
def test_a_damaged_manifest_is_made_anew(small_corpus, small_index, manifest):
    embedder = StemEmbedder()
    (current(small_index) / MANIFEST).write_bytes(manifest)
    assert ingest_corpus(small_corpus, small_index, embedder).changed
    assert quotes(small_index, embedder) == [ANSWER]


def test_a_reader_keeps_its_version_while_others_are_published(make_corpus, index_dir):
    embedder = StemEmbedder()
    ingest_corpus(make_corpus(), index_dir, embedder)
    reader = open_current(index_dir)
    question = embedder.encode([ANSWER])[0]
    before = reader.dense.search(question, 3), reader.catalogue.document("brief")
    for number in range(3):
        ingest_corpus(make_corpus({"brief.txt": f"Regel {number}.\n\n{LETTER}"}), index_dir, embedder)
    assert reader.directory.is_dir()
    assert (reader.dense.search(question, 3), reader.catalogue.document("brief")) == before
    assert len(IndexDirectory(index_dir).names()) == 3
    reader.close()
    ingest_corpus(make_corpus({"brief.txt": LETTER}), index_dir, embedder)
    assert not reader.directory.exists()
    assert len(IndexDirectory(index_dir).names()) == 2


def test_each_word_of_many_batches_is_kept_with_its_own_vector(make_corpus, index_dir):
    records = "".join(f'{{"id": "g{n}", "text": "De wethouder van Plaats{n}dorp bouwt."}}\n' for n in range(300))
    source = '\n[[source]]\nid = "dorpen"\ntitle = "Dorpen"\nlanguage = "nl"\npath = "dorpen.jsonl"\n'
    corpus = make_corpus({"brief.txt": LETTER, "dorpen.jsonl": records}, SOURCES + source)
    ingest_corpus(corpus, index_dir, StemEmbedder())
    with closing(sqlite3.connect(current(index_dir) / CATALOGUE)) as catalogue:
        surfaces, blobs = zip(*catalogue.execute("SELECT surface, vector FROM vocabulary"), strict=True)
    assert len(surfaces) > 300
    np.testing.assert_allclose(from_blobs(blobs), StemEmbedder().encode(surfaces), atol=1e-3)


class Unreadable:
    """An embedder that fails half-way, as one does that runs out of memory."""

    name, digest, dimensions, word_level = "unreadable", "none", 64, True

    def encode(self, texts):
        raise MemoryError


def test_a_failure_on_the_way_leaves_nothing_half_made(small_corpus, small_index, embedder):
    versions = IndexDirectory(small_index)
    before = versions.require_current()
    with pytest.raises(MemoryError):
        ingest_corpus(small_corpus, small_index, Unreadable())
    assert [path.name for path in (small_index / "versions").iterdir()] == [before]
    assert versions.current() == before
    assert quotes(small_index, embedder) == [ANSWER]

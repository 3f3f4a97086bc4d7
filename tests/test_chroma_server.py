"""Vectors on a Chroma server: built, verified and pruned as inside a version, and done without while the server is away."""

import os
import shutil
import signal
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from app.errors import DamagedIndexError, StoreAwayError
from app.index import dense, open_current
from app.index.dense import RemoteDense, build_dense, prune_collections
from app.index.places import PREFIX, Remote
from app.index.verifying import damaged_part
from app.index.versions import DENSE, ChromaServer, IndexDirectory
from app.service import Service
from ingest.pipeline import ingest_corpus
from ingest.publishing import renew
from ingest.repairing import repair_index
from tests.chroma_server import LocalChroma, client_of
from tests.conftest import ANSWER, QUESTION, StemEmbedder, quotes


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    server = LocalChroma(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(local):
    if local.process is None:
        local.start()
    return ChromaServer(local.url, timeout_s=5)


@pytest.fixture(scope="module")
def built(small_corpus, local, tmp_path_factory):
    path = tmp_path_factory.mktemp("remote") / "index"
    ingest_corpus(small_corpus, path, StemEmbedder(), chroma=ChromaServer(local.url))
    return path


@pytest.fixture
def remote_index(built, index_dir, server):
    """An index whose vectors are on the server; a copy, but of one and the same collection."""
    shutil.copytree(built, index_dir)
    return index_dir


@pytest.fixture
def own_index(remote_index, server):
    """The same under another version's name, with a collection of its own that a test may spoil."""
    versions = IndexDirectory(remote_index, server)
    renewed = renew(versions.require_current(), versions, lambda *_: None)
    assert versions.names() == [renewed]
    return remote_index


def collections(server):
    with client_of(server.url) as client:
        return {collection.name for collection in client.list_collections()}


@contextmanager
def serving(index_dir, server):
    service = Service(index_dir, StemEmbedder(), 2_000, chroma=server)
    service.open()
    try:
        yield service
    finally:
        service.close()


def asked(service):
    with service.reading() as reading:
        return [citation.quote for citation in reading.answerer.ask(QUESTION).citations]


def test_a_version_has_one_collection_and_answers_as_one_that_keeps_its_vectors(remote_index, server):
    versions = IndexDirectory(remote_index, server)
    name = versions.require_current()
    assert PREFIX + name in collections(server)
    assert not (versions.directory(name) / DENSE).exists()
    assert damaged_part(versions.directory(name), chroma=server) is None
    with serving(remote_index, server) as service:
        assert asked(service) == [ANSWER]
        assert service.condition().troubles == {}
        with service.reading() as reading:
            assert sorted(reading.index.dense.stored([0])) == [0]


def test_a_server_that_was_killed_is_done_without_and_used_again_when_it_is_back(remote_index, server, local):
    with serving(remote_index, server) as service:
        local.kill()
        assert asked(service) == [ANSWER]
        condition = service.condition()
        assert server.url in condition.troubles[DENSE]
        assert not condition.damaged, "what is away is not damaged, so nothing is rebuilt"
        local.start()
        until = time.monotonic() + 60
        while service.condition().troubles and time.monotonic() < until:
            time.sleep(0.5)
            assert asked(service) == [ANSWER]
        assert service.condition().troubles == {}


def test_a_server_that_does_not_answer_holds_nobody_up_for_longer_than_its_time_out(remote_index, server, local):
    with serving(remote_index, ChromaServer(server.url, timeout_s=0.5)) as service:
        os.kill(local.process.pid, signal.SIGSTOP)
        try:
            assert asked(service) == [ANSWER]
            assert "does not answer" in service.condition().troubles[DENSE]
        finally:
            os.kill(local.process.pid, signal.SIGCONT)


def test_a_service_starts_while_the_server_is_away(remote_index, server, local):
    local.kill()
    with serving(remote_index, server) as service:
        assert asked(service) == [ANSWER]
        assert DENSE in service.condition().troubles
    with pytest.raises(StoreAwayError, match=server.url):
        damaged_part(open_directory(remote_index, server), chroma=server)


def open_directory(index_dir, server):
    versions = IndexDirectory(index_dir, server)
    return versions.directory(versions.require_current())


def test_an_ingest_while_the_server_is_away_says_so_and_changes_nothing(small_corpus, remote_index, server, local):
    before = IndexDirectory(remote_index).require_current()
    local.kill()
    with pytest.raises(StoreAwayError, match=r"does not answer.*BRIEFWIJZER_CHROMA_URL"):
        ingest_corpus(small_corpus, remote_index, StemEmbedder(), chroma=server)
    # Other weights make another version.
    with pytest.raises(StoreAwayError, match=server.url):
        ingest_corpus(small_corpus, remote_index, StemEmbedder("stems-2"), chroma=server)
    assert [path.name for path in (remote_index / "versions").iterdir()] == [before]


def test_a_collection_that_is_gone_is_damage_and_made_anew_without_embedding(small_corpus, own_index, server):
    with client_of(server.url) as client:
        client.delete_collection(PREFIX + IndexDirectory(own_index).require_current())
    with serving(own_index, server) as service:
        assert asked(service) == [ANSWER]
        assert service.condition().damaged
        embedder = StemEmbedder()
        name, damaged = repair_index(small_corpus, own_index, lambda: embedder, chroma=server)
        assert (damaged, embedder.texts) == (DENSE, 0)
        assert service.refresh()
        assert asked(service) == [ANSWER]
        assert (service.condition().version, service.condition().troubles) == (name, {})


def test_a_server_that_lost_vectors_does_not_verify(own_index, server):
    directory = open_directory(own_index, server)
    with client_of(server.url) as client:
        client.get_collection(PREFIX + directory.name, embedding_function=None).delete(ids=["0"])
    assert damaged_part(directory, chroma=server) == DENSE


def test_vectors_move_to_a_server_and_back_with_the_setting_and_nothing_is_embedded(small_corpus, small_index, server):
    embedder = StemEmbedder()
    assert ingest_corpus(small_corpus, small_index, embedder, chroma=server).changed
    assert PREFIX + IndexDirectory(small_index).require_current() in collections(server)
    assert not ingest_corpus(small_corpus, small_index, embedder, chroma=server).changed
    assert ingest_corpus(small_corpus, small_index, embedder).changed
    assert (open_directory(small_index, None) / DENSE / "chroma.sqlite3").is_file()
    assert embedder.texts == 0
    assert quotes(small_index, embedder) == [ANSWER]


def test_a_version_on_a_server_that_no_setting_names_answers_without_it(remote_index):
    index = open_current(remote_index)
    index.probe()
    assert "BRIEFWIJZER_CHROMA_URL" in str(index.troubles[DENSE])
    index.close()
    assert quotes(remote_index, StemEmbedder()) == [ANSWER]


def test_a_collection_outlives_its_version_by_the_grace_time_and_others_are_left_alone(server):
    def build(index, number):
        build_dense(Remote(server, f"20000101T000000000000-{index}{number}", index), [], 8)
        return f"20000101T000000000000-{index}{number}"

    ours = [build("ours", number) for number in range(4)]
    theirs = build("theirs", 0)
    everything = collections(server)
    for _ in range(2):
        assert prune_collections(server, "ours", ours[2:], timedelta(hours=1)) == []
    assert collections(server) == everything, "retired, but within the grace time"
    assert prune_collections(server, "ours", ours[1:], timedelta(0)) == [PREFIX + ours[0]], "one is wanted again"
    assert prune_collections(server, "ours", ours[2:], timedelta(hours=1)) == [], "and its time begins anew"
    assert prune_collections(server, "ours", [], timedelta(0)) == [PREFIX + name for name in ours[1:]]
    assert PREFIX + theirs in collections(server)


def test_a_copy_of_the_index_answers_from_the_same_collections(remote_index, tmp_path, server):
    shutil.copytree(remote_index, tmp_path / "replica")
    with serving(tmp_path / "replica", server) as service:
        assert asked(service) == [ANSWER]
        assert service.condition().troubles == {}


def test_a_server_is_left_alone_for_a_moment_after_it_failed():
    reader = RemoteDense(Remote(ChromaServer("http://127.0.0.1:9", timeout_s=1), "20000101T000000000000-000000"))
    with pytest.raises(StoreAwayError):
        reader.stored([0])
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(StoreAwayError, match=r"127\.0\.0\.1:9"):
            reader.stored([0])
    assert reader._again_at > started, "none of these waited for the server"
    reader.close()


def test_the_token_is_sent_and_told_to_nobody(server):
    with_token = ChromaServer(server.url, "s3cret")
    build_dense(Remote(with_token, "20000101T000000000000-00000t", "test"), [], 8)
    reader = RemoteDense(Remote(with_token, "20000101T000000000000-00000t"))
    assert reader.stored([0]) == {}
    assert reader._client._server._session.headers["Authorization"] == "Bearer s3cret"
    assert reader._client._server._session.timeout.read == with_token.timeout_s
    reader.close()
    assert "s3cret" not in repr(with_token)
    assert "s3cret" not in dense._away(with_token, ValueError("x"))
    prune_collections(server, "test", [], timedelta(0))


def test_a_collection_that_is_missing_is_damage_and_not_absence(server):
    reader = RemoteDense(Remote(server, "20000101T000000000000-000001"))
    with pytest.raises(DamagedIndexError, match="has no collection"):
        reader.stored([0])
    reader.close()

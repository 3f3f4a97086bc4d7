"""What was fetched is kept as it was: whole or not at all, and never lost by what comes after it."""

import errno
import hashlib
import os

import pytest

from app.errors import DamagedIndexError
from ingest.snapshots import Snapshot, SnapshotStore, SourceRecord

EARLY, LATE = "2025-12-02T08:00:00+00:00", "2025-12-03T08:00:00+00:00"
URL = "https://example.org/a"


def made(content: bytes, fetched_at: str = EARLY) -> Snapshot:
    return Snapshot(URL, URL, fetched_at, hashlib.sha256(content).hexdigest(), "txt", "0" * 12)


@pytest.fixture
def store(tmp_path):
    return SnapshotStore(tmp_path)


def keep(store, content, fetched_at=EARLY):
    name = store.save("bron", made(content, fetched_at), content)
    store.note("bron", SourceRecord("ok", fetched_at, fetched_at, None, name, URL))
    return name


def test_a_snapshot_comes_back_as_it_was_fetched(store):
    keep(store, b"eerste")
    snapshot, content = store.latest("bron")
    assert (snapshot, content.read_bytes()) == (made(b"eerste"), b"eerste")


def test_before_the_first_fetch_nothing_is_known(store):
    assert (store.record("bron"), store.latest("bron")) == (None, None)


def test_a_later_snapshot_stands_beside_the_earlier_one(store, tmp_path):
    first, second = keep(store, b"eerste"), keep(store, b"tweede", LATE)
    assert first < second, "names sort by time"
    assert store.latest("bron")[1].read_bytes() == b"tweede"
    assert (tmp_path / "snapshots" / "bron" / first / "content").read_bytes() == b"eerste"


@pytest.mark.parametrize("damage", [b"", b"eerst", b"Eerste"], ids=["emptied", "truncated", "flipped"])
def test_bytes_that_are_not_the_fetched_ones_are_damage(store, damage):
    keep(store, b"eerste")
    store.latest("bron")[1].write_bytes(damage)
    with pytest.raises(DamagedIndexError, match="--refresh"):
        store.latest("bron")


def test_a_damaged_snapshot_is_put_aside_for_a_whole_one_of_the_same_name(store, tmp_path):
    keep(store, b"eerste")
    store.latest("bron")[1].write_bytes(b"stuk")
    keep(store, b"eerste")
    assert store.latest("bron")[1].read_bytes() == b"eerste"
    [aside] = (tmp_path / "snapshots" / "bron").glob(".damaged-*/content")
    assert aside.read_bytes() == b"stuk"


@pytest.mark.parametrize("state", [b"", b"{", b"\xff", b'{"onbekend": 1}'])
def test_where_the_state_is_damaged_the_newest_whole_snapshot_speaks(store, tmp_path, state):
    first = keep(store, b"eerste")
    keep(store, b"tweede", LATE)
    store.latest("bron")[1].write_bytes(b"stuk")
    (tmp_path / "snapshots" / "bron" / "state.json").write_bytes(state)
    assert (store.record("bron").state, store.record("bron").snapshot) == ("failed", first)
    assert store.latest("bron")[1].read_bytes() == b"eerste"


def test_a_damaged_state_without_any_snapshot_is_said(store, tmp_path):
    (tmp_path / "snapshots" / "bron").mkdir(parents=True)
    (tmp_path / "snapshots" / "bron" / "state.json").write_text("{")
    with pytest.raises(DamagedIndexError, match=r"state\.json"):
        store.record("bron")


def test_a_full_disk_leaves_the_last_good_snapshot_and_nothing_half_written(store, tmp_path, monkeypatch):
    good = keep(store, b"eerste")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            store.save("bron", made(b"tweede", LATE), b"tweede")
        with pytest.raises(OSError, match="No space"):
            store.note("bron", SourceRecord("failed", LATE, LATE))
    assert store.latest("bron")[0].name == good
    assert {path.name for path in (tmp_path / "snapshots" / "bron").iterdir()} == {good, "state.json"}
    keep(store, b"tweede", LATE)
    assert store.latest("bron")[1].read_bytes() == b"tweede"

"""The directory of index versions: the pointer, the writer's lock, readers' locks, pruning."""

import json
import os

import pytest

from app.errors import DamagedIndexError, IndexBusyError, IndexError_, NoIndexError
from app.index.versions import CATALOGUE, FORMAT, MANIFEST, IndexDirectory, reader_lock, take_reader_lock


@pytest.fixture
def versions(index_dir):
    return IndexDirectory(index_dir)


def publish(versions):
    """Publish a version that holds a manifest and nothing else."""
    directory = versions.new()
    manifest = {"format": FORMAT, "corpus": "c", "fingerprint": "f", "model": {}, "counts": {}}
    (directory / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    versions.publish(directory.name)
    return directory.name


def test_before_the_first_there_is_none_and_the_error_says_how_to_make_one(versions):
    assert versions.current() is None
    assert versions.names() == []
    with pytest.raises(NoIndexError, match="briefwijzer ingest"):
        versions.require_current()


def test_publishing_moves_the_pointer_and_leaves_nothing_beside_it(versions):
    first = publish(versions)
    second = publish(versions)
    assert versions.current() == second
    assert versions.names() == [first, second]
    assert sorted(path.name for path in versions.path.iterdir()) == ["current", "versions"]


def test_a_build_counts_for_nothing_until_it_is_published(versions):
    first = publish(versions)
    building = versions.new()
    (building / MANIFEST).write_text("{}", encoding="utf-8")
    assert versions.current() == first
    assert versions.names() == [first]


@pytest.mark.parametrize("pointer", [b"", b"\n", b"../elsewhere\n", b"/etc\n", b".hidden\n", b"\xff\xfe"])
def test_a_pointer_that_names_no_version_is_damage(versions, pointer):
    publish(versions)
    (versions.path / "current").write_bytes(pointer)
    with pytest.raises(DamagedIndexError, match="current"):
        versions.current()


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b'"x"', b"{}", b'{"format": 2}', b"\xff"])
def test_a_manifest_that_describes_no_version_is_damage(versions, manifest):
    name = publish(versions)
    (versions.directory(name) / MANIFEST).write_bytes(manifest)
    with pytest.raises(DamagedIndexError, match=r"manifest\.json"):
        versions.manifest(name)


def test_a_manifest_of_another_format_says_that_ingest_builds_it_anew(versions):
    name = publish(versions)
    path = versions.directory(name) / MANIFEST
    path.write_text(json.dumps(versions.manifest(name) | {"format": FORMAT + 1}), encoding="utf-8")
    with pytest.raises(DamagedIndexError, match=f"format {FORMAT + 1} is not {FORMAT}; ingest builds it anew"):
        versions.manifest(name)


def test_a_second_writer_is_told_who_holds_the_lock(versions):
    with versions.writing():
        other = IndexDirectory(versions.path)
        with pytest.raises(IndexBusyError, match=rf"process {os.getpid()}\)"), other.writing():
            pytest.fail("two writers at once")
    with versions.writing():
        pass


def test_the_lock_is_given_back_after_a_failure(versions):
    with pytest.raises(ZeroDivisionError), versions.writing():
        raise ZeroDivisionError
    with versions.writing():
        pass


def test_lock_files_that_a_dead_writer_left_hold_nobody_up(versions):
    versions.path.mkdir(parents=True)
    (versions.path / "write.lock").touch()
    (versions.path / "write.pid").write_text("999999999\n", encoding="utf-8")
    with versions.writing():
        assert (versions.path / "write.pid").read_text(encoding="utf-8") == f"{os.getpid()}\n"


def test_an_index_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(IndexError_, match=r"cannot be made.*--index"),
        IndexDirectory(tmp_path / "file" / "i").writing(),
    ):
        pass


def test_pruning_keeps_the_current_and_the_one_before(versions):
    names = [publish(versions) for _ in range(4)]
    assert versions.prune() == names[:2]
    assert versions.names() == names[2:]


def test_pruning_removes_what_a_build_left_that_died(versions):
    first, second = publish(versions), publish(versions)
    dead = [versions.new() for _ in range(3)]
    for directory in dead[:2]:
        (directory / MANIFEST).write_text("{}", encoding="utf-8")
    (dead[2] / CATALOGUE).touch()
    assert versions.prune() == [directory.name for directory in dead]
    assert versions.names() == [first, second], "a build that died takes no sound version's place"


def test_pruning_leaves_a_version_that_is_being_read(versions):
    names = [publish(versions) for _ in range(4)]
    with reader_lock(versions.directory(names[0])) as held:
        assert held
        assert versions.prune() == [names[1]]
    assert versions.prune() == [names[0]]


def test_pruning_keeps_the_current_version_even_when_it_is_the_oldest(versions):
    names = [publish(versions) for _ in range(4)]
    (versions.path / "current").write_text(names[0] + "\n", encoding="utf-8")
    versions.prune()
    assert versions.names() == [names[0], *names[2:]]


def test_a_version_named_as_damaged_goes_and_the_sound_one_before_it_stays(versions):
    sound, damaged, current = (publish(versions) for _ in range(3))
    assert versions.prune(damaged=damaged) == [damaged]
    assert versions.names() == [sound, current]


def test_many_readers_share_a_version_and_none_keeps_another_out(versions):
    directory = versions.directory(publish(versions))
    with reader_lock(directory) as first, reader_lock(directory) as second:
        assert first
        assert second
        with reader_lock(directory, exclusive=True) as alone:
            assert not alone
    with reader_lock(directory, exclusive=True) as alone:
        assert alone
        with reader_lock(directory) as third:
            assert not third


def test_a_version_that_was_pruned_gives_no_lock(versions):
    assert take_reader_lock(versions.directory("gone")) is None

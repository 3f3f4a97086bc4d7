"""What has come by before is known, however much it is."""

import pytest

from ingest.seen import SeenIds


@pytest.mark.parametrize("in_memory", [100, 2, 1])
def test_each_id_is_new_once_and_others_with_it_stay_new(in_memory):
    with SeenIds(in_memory) as seen:
        assert [seen.add(ident) for ident in ("a", "A", "a", "", "", "ä", "a")] == [
            True, True, False, True, False, True, False,
        ]  # fmt: skip
    with SeenIds(in_memory) as others:
        assert others.add("a"), "each set is its own"


def test_many_ids_are_told_apart_on_disk():
    with SeenIds() as seen:
        assert all(seen.add(f"een tamelijk lange naam voor bericht {n}") for n in range(80_000))
        assert not any(seen.add(f"een tamelijk lange naam voor bericht {n}") for n in range(0, 80_000, 97))

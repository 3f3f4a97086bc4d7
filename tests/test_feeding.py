"""The dense index is built while its rows are still made, and a failure on either side ends both."""

import threading

import pytest

from ingest.feeding import DenseFeed

ROWS = [[(1, b"a"), (2, b"b")], [(3, b"c")], []]


def test_what_is_added_is_built_in_order():
    built = []
    with DenseFeed(lambda rows: built.extend(rows)) as feed:
        for rows in ROWS:
            feed.add(rows)
        feed.finish()
    assert built == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_building_starts_before_all_is_there():
    seen = threading.Event()

    def build(rows):
        next(rows)
        seen.set()
        list(rows)

    with DenseFeed(build) as feed:
        feed.add(ROWS[0])
        assert seen.wait(timeout=10)
        feed.finish()


def test_what_the_building_raises_is_raised_where_the_ingest_waits():
    def build(rows):
        next(rows)
        raise OSError("disk full")

    def ingest():
        with DenseFeed(build) as feed:
            for _ in range(200):  # More than may wait, so a building that has ended is noticed while adding.
                feed.add(ROWS[0])
            feed.finish()

    with pytest.raises(OSError, match="disk full"):
        ingest()


def test_an_ingest_that_fails_ends_the_building():
    ended = threading.Event()

    def build(rows):
        try:
            list(rows)
        finally:
            ended.set()

    def ingest():
        with DenseFeed(build) as feed:
            feed.add(ROWS[0])
            raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        ingest()
    assert ended.is_set()

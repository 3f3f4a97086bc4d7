"""Token buckets, by a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.limits import TokenBuckets


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


def test_a_burst_passes_then_one_as_often_as_the_bucket_refills():
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [None] * 3
    assert buckets.take("a") == 1
    clock.now += 0.5
    assert buckets.take("a") == 1
    clock.now += 0.5
    assert buckets.take("a") is None
    assert buckets.take("a") == 1
    assert buckets.refused == 3


def test_a_bucket_never_holds_more_than_its_burst():
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=2, clock=clock)
    clock.now += 1_000_000
    assert [buckets.take("a") is None for _ in range(4)] == [True, True, False, False]


def test_who_waits_as_long_as_was_said_passes():
    clock = Clock()
    buckets = TokenBuckets(per_minute=7, burst=1, clock=clock)
    assert buckets.take("a") is None
    wait = buckets.take("a")
    assert wait == 9
    clock.now += wait
    assert buckets.take("a") is None


def test_each_name_has_a_bucket_of_its_own():
    buckets = TokenBuckets(per_minute=1, burst=1, clock=Clock())
    assert buckets.take("a") is None
    assert buckets.take("b") is None
    assert buckets.take("a") is not None


def test_many_names_take_bounded_memory_and_the_one_in_use_is_kept():
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=2, clock=clock, most=100)
    for number in range(10_000):
        buckets.take(f"other{number}")
        if number < 4:
            buckets.take("flooding")
        else:
            clock.now += 0.000_1
            assert buckets.take("flooding") is not None
    assert len(buckets) <= 100


def test_buckets_that_are_full_again_are_forgotten():
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=2, clock=clock)
    for number in range(50):
        buckets.take(f"{number}")
    clock.now += 10
    buckets.take("new")
    assert len(buckets) == 1


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 20), st.integers(1, 600))
def test_never_more_than_the_burst_and_what_refilled(pauses, burst, per_minute):
    clock = Clock()
    buckets = TokenBuckets(per_minute, burst, clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        passed += buckets.take("a") is None
    assert passed <= burst + sum(pauses) * per_minute / 60 + 1e-6


@pytest.mark.parametrize("per_minute", [1, 59, 60, 61, 600])
def test_whoever_keeps_to_the_rate_is_never_refused(per_minute):
    clock = Clock()
    buckets = TokenBuckets(per_minute, 1, clock)
    for _ in range(100):
        assert buckets.take("a") is None
        clock.now += 60 / per_minute + 1e-9


def test_a_clock_that_jumps_gives_no_more_than_a_burst_and_takes_nothing_away():
    clock = Clock()
    buckets = TokenBuckets(per_minute=60, burst=3, clock=clock)
    assert buckets.take("a") is None
    clock.now -= 86_400
    # Two of the burst are left, and the third is soon there again.
    assert [buckets.take("a") for _ in range(3)] == [None, None, 1]
    clock.now += 10 * 86_400
    assert [buckets.take("a") is None for _ in range(4)] == [True, True, True, False]

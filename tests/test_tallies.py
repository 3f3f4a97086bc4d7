"""Sums over workers are right, never go down, and know who lives."""

import multiprocessing
import os
import signal
import threading

import pytest

from app.tallies import SharedTallies, Tallies

BUCKETS = (0.1, 1.0)


def worker(folder, count=0.0):
    tallies = Tallies()
    if count:
        tallies.add("answers", ("nl",), count)
    shared = SharedTallies(folder, tallies.numbers)
    shared.join()
    return tallies, shared


def answers(shared):
    return shared.together()[0].counters.get(("answers", ("nl",)), 0.0)


def test_histograms_count_by_bucket_with_their_sum():
    tallies = Tallies()
    for value in (0.05, 0.1, 0.5, 7.0):
        tallies.observe("seconds", BUCKETS, value, ("read",))
    assert tallies.histograms["seconds", ("read",)] == [2, 1, 1, pytest.approx(7.65)]


def test_numbers_of_two_workers_are_added(tmp_path):
    one, shared_one = worker(tmp_path)
    two, shared_two = worker(tmp_path)
    for tallies, value in ((one, 0.05), (two, 0.5)):
        tallies.add("answers", ("nl",), 2)
        tallies.move("in_flight", (), 1)
        tallies.observe("seconds", BUCKETS, value)
    shared_two.publish()
    found, living = shared_one.together()
    assert living == 2
    assert found.counters == {("answers", ("nl",)): 4}
    assert found.gauges == {("in_flight", ()): 2}
    assert found.histograms == {("seconds", ()): [1, 1, 0, pytest.approx(0.55)]}


def test_what_was_shown_once_is_never_taken_back(tmp_path):
    """Whoever is asked next shows at least as much, though the others publish only now and then."""
    one, shared_one = worker(tmp_path)
    two, shared_two = worker(tmp_path)
    shown = [0.0]
    for step in range(20):
        (one if step % 3 else two).add("answers", ("nl",))
        shown.append(answers(shared_one if step % 2 else shared_two))
    assert shown == sorted(shown)
    shared_two.publish()
    assert answers(shared_one) == 20


def test_a_worker_that_ended_still_counts_but_has_nothing_under_way(tmp_path):
    _, shared_one = worker(tmp_path)
    two, shared_two = worker(tmp_path, 3)
    two.move("in_flight")
    shared_two.leave()
    found, living = shared_one.together()
    assert living == 1
    assert found.counters == {("answers", ("nl",)): 3}
    assert found.gauges == {}


def _count_and_wait(folder, ready):
    _tallies, shared = worker(folder, 5)
    shared.publish()
    ready.send(os.getpid())
    signal.pause()


def test_a_worker_that_was_killed_is_known_to_be_dead(tmp_path):
    _, shared = worker(tmp_path)
    ready, told = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_count_and_wait, args=(tmp_path, told))
    process.start()
    assert ready.poll(30)
    assert shared.together()[1] == 2
    process.kill()
    process.join(10)
    assert shared.together()[1] == 1
    assert answers(shared) == 5


def test_a_service_that_starts_alone_starts_from_nothing(tmp_path):
    _, shared = worker(tmp_path, 7)
    shared.leave()
    _, fresh = worker(tmp_path)
    assert answers(fresh) == 0
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_many_ended_workers_become_one_file_and_lose_nothing(tmp_path):
    _, staying = worker(tmp_path)
    for _ in range(40):
        _, shared = worker(tmp_path, 1)
        shared.leave()
    assert answers(staying) == 40
    assert len(list(tmp_path.glob("*.json"))) < 25


def test_half_a_file_counts_for_nothing(tmp_path):
    _, shared = worker(tmp_path, 2)
    (tmp_path / "0123456789abcdef.json").write_text('{"counters": [["ans', encoding="utf-8")
    assert answers(shared) == 2


def test_threads_that_look_at_once_leave_the_latest_numbers(tmp_path):
    tallies, shared = worker(tmp_path)
    _, other = worker(tmp_path)

    def count():
        for _ in range(50):
            tallies.add("answers", ("nl",))
            shared.publish()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers(other) == 200
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        SharedTallies(tmp_path / "file" / "metrics", Tallies().numbers).join()

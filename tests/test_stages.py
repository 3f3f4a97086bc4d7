"""The stages of a question are timed where somebody records, and cost nothing else."""

import contextvars
import threading

import pytest

from app.stages import Stages, recording, stage, staged, waited_for


def names(stages):
    return [run.name for run in stages.runs]


def test_runs_are_recorded_in_the_order_in_which_they_end():
    @staged("outer")
    def outer(value):
        with stage("inner"):
            return value + 1

    stages = Stages()
    with recording(stages):
        assert outer(1) == 2
    assert names(stages) == ["inner", "outer"]
    inner, whole = stages.runs
    assert whole.start_ns <= inner.start_ns <= inner.end_ns <= whole.end_ns


def test_without_a_recorder_nothing_is_kept_and_everything_works():
    stages = Stages()
    with recording(stages):
        pass
    with stage("later"):
        pass
    assert list(waited_for("llm", iter([1, 2]))) == [1, 2]
    assert not stages.runs


def test_a_stage_that_fails_is_recorded_and_fails():
    stages = Stages()
    with recording(stages), pytest.raises(KeyError), stage("rank"):
        raise KeyError("x")
    assert names(stages) == ["rank"]


def test_runs_of_one_stage_add_up():
    stages = Stages()
    stages.add("embed", 0, 2_000_000_000)
    stages.add("embed", 5_000_000_000, 6_000_000_000)
    stages.add("llm", 0, 9_000_000_000, 500_000_000)
    assert stages.seconds() == {"embed": 3.0, "llm": 0.5}


def test_a_thread_with_a_copy_of_the_context_records_for_its_request():
    stages = Stages()

    def work():
        with stage("embed"):
            pass

    with recording(stages):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join()
    assert names(stages) == ["embed"]


def test_waiting_for_a_stream_is_one_run_and_what_is_done_between_is_not_in_it():
    clock = []

    def parts():
        for number in range(3):
            clock.append(number)
            yield number

    stages = Stages()
    with recording(stages):
        for _ in waited_for("llm", parts()):
            with stage("verify"):
                sum(range(20_000))
    [llm] = [run for run in stages.runs if run.name == "llm"]
    verified = sum(run.busy_ns for run in stages.runs if run.name == "verify")
    assert clock == [0, 1, 2]
    assert llm.busy_ns <= llm.end_ns - llm.start_ns - verified


def test_a_stream_that_is_given_up_is_closed_at_once():
    closed = []

    def parts():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    stages = Stages()
    with recording(stages):
        stream = waited_for("llm", parts())
        next(stream)
        stream.close()
    assert closed == [True]
    assert names(stages) == ["llm"]


def test_a_loop_without_end_does_not_fill_the_memory():
    stages = Stages()
    for number in range(5_000):
        stages.add("read", number, number + 1)
    assert len(stages.runs) == 1_000

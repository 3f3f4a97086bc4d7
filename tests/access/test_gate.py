"""So many at a time, so many that wait, and not for longer than the deadline."""

import asyncio
import threading
import time

import pytest

from app.access.gate import Gate
from app.errors import BusyError


async def until(condition):
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to that")


def gate(most=1, queue=1, deadline_s=30.0):
    return Gate("test", most, queue, deadline_s)


def test_work_runs_in_a_thread_and_gives_its_result():
    async def scenario():
        assert await gate().run(threading.current_thread) is not threading.current_thread()

    asyncio.run(scenario())


def test_no_more_than_so_many_run_at_a_time():
    most_seen, lock, now = 0, threading.Lock(), 0

    def work():
        nonlocal most_seen, now
        with lock:
            now += 1
            most_seen = max(most_seen, now)
        threading.Event().wait(0.01)
        with lock:
            now -= 1

    async def scenario():
        bounded = gate(most=3, queue=50)
        await asyncio.gather(*(bounded.run(work) for _ in range(30)))
        assert bounded.figures.running == 0

    asyncio.run(scenario())
    assert most_seen == 3


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back():
    async def scenario():
        opened, release = gate(), threading.Event()
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        waiting = asyncio.create_task(opened.run(lambda: "second"))
        await until(lambda: opened.figures.waiting == 1)
        with pytest.raises(BusyError) as refusal:
            await opened.run(lambda: "third")
        assert int(refusal.value.headers["Retry-After"]) >= 1
        assert opened.figures.refused == {"full": 1}
        release.set()
        assert await running is True
        assert await waiting == "second"

    asyncio.run(scenario())


def test_who_had_to_wait_is_told_for_how_long_and_nobody_else_is():
    async def scenario():
        opened, release, told = gate(queue=2, deadline_s=0.1), threading.Event(), []
        opened.waited = told.append
        assert await opened.run(lambda: "at once") == "at once"
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        assert told == []
        with pytest.raises(BusyError):
            await opened.run(lambda: "late")
        assert told.pop() >= 0.09
        waiting = asyncio.create_task(opened.run(lambda: "second"))
        await until(lambda: opened.figures.waiting == 1)
        release.set()
        assert (await running, await waiting) == (True, "second")
        assert len(told) == 1

    asyncio.run(scenario())


def test_a_turn_that_does_not_come_in_time_is_refused_and_leaves_the_queue():
    async def scenario():
        opened, release = gate(deadline_s=0.02), threading.Event()
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        with pytest.raises(BusyError):
            await opened.run(lambda: None)
        assert opened.figures.refused == {"late": 1}
        assert opened.figures.waiting == 0
        release.set()
        await running
        assert await opened.run(lambda: "after") == "after"

    asyncio.run(scenario())


def test_who_waits_and_leaves_gives_up_the_turn():
    async def scenario():
        opened, release = gate(queue=2), threading.Event()
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        leaving = asyncio.create_task(opened.run(lambda: "left"))
        await until(lambda: opened.figures.waiting == 1)
        leaving.cancel()
        await until(lambda: opened.figures.waiting == 0)
        staying = asyncio.create_task(opened.run(lambda: "stayed"))
        release.set()
        await running
        assert await staying == "stayed"

    asyncio.run(scenario())


def test_a_place_is_held_until_the_thread_is_done_also_when_nobody_waits():
    async def scenario():
        opened, release = gate(queue=0), threading.Event()
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        running.cancel()
        await asyncio.sleep(0)
        # The thread cannot be stopped, so that a second one would be one too many.
        with pytest.raises(BusyError):
            await opened.run(lambda: None)
        release.set()
        await until(lambda: opened.figures.running == 0)
        assert await opened.run(lambda: "next") == "next"

    asyncio.run(scenario())


def test_work_that_fails_gives_its_place_back():
    async def scenario():
        opened = gate(queue=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await opened.run(lambda: 1 / 0)
            await until(lambda: opened.figures.running == 0)

    asyncio.run(scenario())


def test_a_busy_event_loop_holds_up_no_work_that_waits():
    async def scenario():
        opened, done = gate(queue=3), []
        running = [asyncio.create_task(opened.run(lambda n=n: done.append(n))) for n in range(4)]
        # All four have come in; from here on the loop does something else, and the thread goes on by itself.
        await asyncio.sleep(0)
        until_s = time.monotonic() + 20
        while len(done) < 4 and time.monotonic() < until_s:
            time.sleep(0.001)
        assert done == [0, 1, 2, 3]
        await asyncio.gather(*running)
        assert opened.figures.running == opened.figures.waiting == 0

    asyncio.run(scenario())


def test_places_without_a_thread_are_handed_on_and_given_back():
    async def scenario():
        opened, order = gate(most=1, queue=3), []

        async def hold(name):
            async with opened.place():
                order.append(name)
                await asyncio.sleep(0.01)

        held = [asyncio.create_task(hold(n)) for n in range(3)]
        await until(lambda: opened.figures.waiting == 2)
        held[1].cancel()
        await asyncio.gather(*held, return_exceptions=True)
        assert order == [0, 2]
        assert opened.figures.running == 0
        assert await opened.run(lambda: "next") == "next"

    asyncio.run(scenario())


def test_a_full_gate_says_so_before_anybody_waits():
    async def scenario():
        opened, release = gate(queue=0), threading.Event()
        opened.refuse_if_full()
        running = asyncio.create_task(opened.run(release.wait))
        await until(lambda: opened.figures.running == 1)
        with pytest.raises(BusyError):
            opened.refuse_if_full()
        assert opened.figures.refused == {"full": 1}
        release.set()
        await running

    asyncio.run(scenario())

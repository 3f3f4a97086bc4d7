"""Having a damaged index mended by a child process, and saying what is wrong."""

import asyncio
import logging
import sys
import time

import pytest

from app import mending
from app.index.versions import DENSE, IndexDirectory
from app.mending import Mender, watch
from app.service import Service
from tests.conftest import StemEmbedder


def mender(code, **environment):
    return Mender([sys.executable, "-c", code], environment)


def wait_for(what):
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_repair_runs_at_a_time_and_what_it_said_is_logged(caplog):
    found = mender("import os, sys; sys.stderr.write('mended ' + os.environ['PART']); sys.exit(3)", PART="chroma")
    assert not found.finished()
    assert found.start()
    assert not found.start()
    with caplog.at_level(logging.INFO, logger="briefwijzer.index"):
        wait_for(found.finished)
    assert "status 3: mended chroma" in caplog.text
    assert not found.start(), "not again at once, because it did not help"
    assert not found.finished()


def test_a_repair_that_is_under_way_ends_with_the_service():
    found = mender("import time; time.sleep(600)")
    assert found.start()
    found.close()
    assert not found.finished()


@pytest.fixture
def service(small_index):
    service = Service(small_index, StemEmbedder(), 2_000)
    service.open()
    yield service
    service.close()


async def watched(service, found, seconds):
    task = asyncio.create_task(watch(service, found, 0))
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_damage_is_said_once_and_mended_and_that_it_is_over_is_said_too(service, small_index, caplog):
    versions = IndexDirectory(small_index)
    directory = versions.directory(versions.require_current())
    versions.mark_damaged(directory.name, DENSE)
    # Stands in for the command line's repair, which test_workers.py runs for real.
    found = mender(f"import os; os.unlink({str(directory / 'damaged')!r})")
    asyncio.run(watched(service, found, 6 * mending._LOOK_EVERY_S))
    found.close()
    warned = [record.getMessage() for record in caplog.records if record.name == "briefwijzer.index"]
    assert len([line for line in warned if "trouble with version" in line]) == 1
    assert warned[-1].endswith("version is well again") or "chroma is well again" in warned[-1]
    assert not service.condition().damaged


def test_without_a_mender_nothing_is_started_and_the_answers_go_on(service, small_index):
    versions = IndexDirectory(small_index)
    versions.mark_damaged(versions.require_current(), DENSE)
    asyncio.run(watched(service, None, 3 * mending._LOOK_EVERY_S))
    assert service.condition().damaged
    with service.reading() as reading:
        assert reading.answerer.ask("Wie krijgt geld voor taallessen?").citations

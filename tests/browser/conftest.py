"""One Chromium for all browser tests, a scripted service, and the real one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.browser.hosting import ScriptedService, pages, service_for
from tests.serving import served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The machine's Chromium; it ends with this package, for its event loop would be in the way of other tests."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Any) -> Iterator[Any]:
    """Begin visits: browse(origin, …, setting=value of the browser context)."""
    from tests.browser.visiting import Visit

    visits: list[Visit] = []

    def begin(*own: str, **context: Any) -> Visit:
        visits.append(Visit.begin(chromium, *own, **context))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.page.context.close()


@pytest.fixture(scope="package")
def _scripted() -> Iterator[tuple[ScriptedService, str]]:
    service = ScriptedService()
    with served(service.app()) as address:
        yield service, address


@pytest.fixture
def scripted(_scripted: tuple[ScriptedService, str]) -> Iterator[ScriptedService]:
    """The scripted service, as new. Its address is ``service_url``."""
    service, _ = _scripted
    fresh = ScriptedService()
    for name in vars(fresh):
        setattr(service, name, getattr(fresh, name))
    yield service
    service.release()


@pytest.fixture
def service_url(_scripted: tuple[ScriptedService, str]) -> str:
    return _scripted[1]


@pytest.fixture
def visit(browse: Any, scripted: ScriptedService, service_url: str) -> Any:
    """A tab on the scripted service's page, whose policy is the strictest that the widget promises to work under."""
    begun = browse(service_url)
    begun.page.goto(service_url)
    begun.part(".launcher").wait_for()
    return begun


@pytest.fixture(scope="package")
def letter_url(letter_index: Path) -> Iterator[str]:
    """The address of the real service, with the letter's index."""
    with served(create_app(Settings(index_dir=letter_index))) as address:
        yield address


@pytest.fixture(scope="package")
def _intranet() -> Iterator[tuple[str, dict[str, str]]]:
    contents: dict[str, str] = {}
    with served(pages(contents)) as address:
        yield address, contents


@pytest.fixture
def intranet(_intranet: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """An intranet on an origin of its own, whose pages a test adds: (address, pages by path)."""
    _intranet[1].clear()
    return _intranet


@pytest.fixture(scope="package")
def listed_url(letter_index: Path, _intranet: tuple[str, dict[str, str]]) -> Iterator[str]:
    """The address of a real service that lists the intranet's origin."""
    with served(service_for(letter_index, _intranet[0])) as address:
        yield address

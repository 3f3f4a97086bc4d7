"""The pictures of the documentation. Each shows what it is meant to show; ``make screenshots`` keeps them in docs/images."""

import os
from pathlib import Path

import pytest

from tests.browser.test_embedding import EXAMPLE, QUESTION

pytestmark = pytest.mark.browser
LARGEST = 250_000


@pytest.fixture
def shoot(tmp_path):
    """Write a picture of a visit, to docs/images where that is asked for."""
    folder = Path(os.environ.get("BRIEFWIJZER_SCREENSHOTS", tmp_path))

    def write(visit, name: str) -> None:
        picture = visit.page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        assert 5_000 < len(picture) < LARGEST

    return write


def test_the_page(browse, letter_url, shoot):
    visit = browse(letter_url, viewport={"width": 1200, "height": 860})
    visit.page.goto(letter_url)
    visit.part(".example").first.wait_for()
    shoot(visit, "page")


def test_an_open_citation(browse, letter_url, shoot):
    visit = browse(letter_url, viewport={"width": 1200, "height": 860})
    visit.page.goto(letter_url)
    visit.ask(QUESTION)
    visit.answered()
    visit.part(".cite").first.click()
    visit.part("mark").wait_for()
    visit.part(".turns > li").evaluate("(it) => it.scrollIntoView({ block: 'start' })")
    shoot(visit, "citation")


def test_the_viewer(browse, letter_url, shoot):
    visit = browse(letter_url, viewport={"width": 1200, "height": 860}, java_script_enabled=False)
    citation = visit.page.request.post(f"{letter_url}/v1/ask", data={"question": QUESTION}).json()["citations"][0]
    visit.page.goto(letter_url + citation["viewer_url"])
    box = visit.part("#quote").bounding_box()
    assert 0 < box["y"] < 860 - box["height"], "without a script, the browser itself scrolls to the quote"
    assert visit.part("#quote").inner_text() == citation["quote"]
    shoot(visit, "viewer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(browse, intranet, listed_url, shoot, scheme):
    origin, contents = intranet
    html = EXAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", listed_url)
    contents["/"] = html.replace('theme="light"', f'theme="{scheme}"').replace("--bw-accent: #4a2545;", "")
    visit = browse(origin, listed_url, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    visit.page.goto(origin)
    visit.open()
    visit.ask("Wat wil het tussenverslag met gesloten opvang?")
    visit.answered()
    visit.part(".cite").first.click()
    visit.part("mark").wait_for()
    shoot(visit, "phone" if scheme == "light" else "phone-dark")


def test_the_example_page(browse, intranet, listed_url, shoot):
    origin, contents = intranet
    contents["/"] = EXAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", listed_url)
    visit = browse(origin, listed_url, viewport={"width": 1200, "height": 860})
    visit.page.goto(origin)
    visit.open()
    visit.ask("Wat zegt VWN over overlast?")
    visit.answered()
    shoot(visit, "intranet")

"""How soon an answer is on the screen after its first event has come in.

Set-up: the real service with the letter's index on loopback, Chromium without a GPU, the front page with the widget. For each
question the clock starts when the browser hands the first piece of the stream to the script, and stops at the second animation
frame after the first statement stands in the page; by then it has been painted.

    python -m tests.benchmarks.widget_paint
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.embedding import load_embedder
from app.main import create_app
from app.settings import Settings
from ingest.pipeline import ingest_corpus
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.serving import served

CORPUS = Path(__file__).parent.parent.parent / "corpus"
QUESTIONS = (
    "Wat zegt VWN over de Terugkeerverordening?",
    "Wat wil het tussenverslag met gesloten opvang?",
    "Wat zegt VWN over overlast?",
    "What does VWN say about the Return Regulation?",
)
ROUNDS = 6
_CLOCK = """
(() => {
  window.paints = [];
  let began = 0;
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const piece = await read.call(this);
    if (!began) began = performance.now();
    return piece;
  };
  window.watchNext = () => {
    began = 0;
    const turns = document.querySelector("briefwijzer-chat").shadowRoot.querySelector(".turns");
    const wanted = turns.querySelectorAll("blockquote").length + 1;
    const observer = new MutationObserver(() => {
      if (turns.querySelectorAll("blockquote").length < wanted) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => window.paints.push(performance.now() - began)));
    });
    observer.observe(turns, { childList: true, subtree: true });
  };
})();
"""


def measure(address: str) -> list[float]:
    """Return the milliseconds of every answer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 860})
        page.add_init_script(_CLOCK)
        page.goto(address)
        page.locator(".example").first.wait_for()
        for number in range(ROUNDS * len(QUESTIONS)):
            page.evaluate("watchNext()")
            page.locator("#question").fill(QUESTIONS[number % len(QUESTIONS)])
            page.locator("#question").press("Enter")
            page.wait_for_function("(count) => window.paints.length === count", arg=number + 1)
            page.locator(".stop").wait_for(state="hidden")
        paints: list[float] = page.evaluate("window.paints")
        browser.close()
    return paints


def main() -> None:
    """Print median, 95th percentile and longest."""
    if not CHROMIUM.exists():
        sys.exit(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        ingest_corpus(CORPUS, index, load_embedder())
        with served(create_app(Settings(index_dir=index))) as address:
            paints = sorted(measure(address))
    p95 = paints[round(0.95 * (len(paints) - 1))]
    print(
        f"{len(paints)} answers: median {statistics.median(paints):.0f} ms, p95 {p95:.0f} ms, longest {paints[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()

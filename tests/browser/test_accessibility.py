"""WCAG 2.2 AA in every state of the widget and on every page, by axe and by measuring."""

import threading

import pytest

from app.main import create_app
from app.settings import Settings
from ingest.pipeline import ingest_corpus
from tests.browser.hosting import PAGE, answer, citation, event, events_of
from tests.serving import served

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "low": {"viewport": {"width": 640, "height": 320}, "color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_state_of_the_widget_has_a_barrier(browse, scripted, service_url, look):
    visit = browse(service_url, **LOOKS[look])
    visit.page.goto(service_url)
    visit.part(".launcher").wait_for()
    assert visit.barriers() == [], "closed"
    visit.open()
    visit.part(".example").first.wait_for()
    assert visit.barriers() == [], "open"

    gate = threading.Event()
    cited = citation(links=[{"text": "het advies", "url": "https://bron.example/advies", "start": 0, "end": 3}])
    other = citation(2, quote="Woorden van een ander.", speaker="ander", language="en")
    whole = answer(cited, other, also=[{"speaker": "wij", "citations": []}], understood="Wie betaalt?")
    statement, *rest = events_of(whole)
    scripted.answers(statement, gate, *rest)
    visit.ask("Wie betaalt de taallessen?")
    visit.part(".cite").first.wait_for()
    assert visit.barriers() == [], "streaming"
    gate.set()
    visit.answered()
    assert visit.barriers() == [], "answered"

    visit.part(".cite").first.click()
    visit.part("mark").wait_for()
    assert visit.barriers() == [], "citation open"
    visit.part(".actions [aria-pressed]").last.click()
    visit.part(".remark").wait_for()
    assert visit.barriers() == [], "remark"

    scripted.answers(event("error", {"status": 500, "title": "Er ging iets mis"}))
    visit.ask("En nu?")
    visit.part(".trouble button").wait_for()
    assert visit.barriers() == [], "error"
    visit.part(".trouble button").evaluate("(it) => it.getRootNode().host.reset()")
    scripted.answers(*events_of(answer()))
    visit.ask("Kernenergie?")
    visit.part(".missing").wait_for()
    visit.answered()
    assert visit.barriers() == [], "not found"
    visit.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/embed", "/documents/brief-2025-12?start=5402&end=5641#quote"])
def test_no_page_has_a_barrier(browse, letter_url, path, scheme):
    visit = browse(letter_url, color_scheme=scheme)
    visit.page.goto(letter_url + path)
    if "documents" not in path:
        visit.part(".example").first.wait_for()
    assert visit.barriers() == []
    visit.assert_clean()


@pytest.mark.parametrize("path", ["/", "/embed", "/documents/brief-2025-12?start=5402&end=5641"])
def test_no_page_scrolls_sideways_at_320_pixels(browse, letter_url, path):
    visit = browse(letter_url, viewport={"width": 320, "height": 640})
    visit.page.goto(letter_url + path)
    if "documents" not in path:
        visit.part(".example").first.wait_for()
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 320


def test_an_answer_fits_320_pixels_and_every_target_is_large_enough(browse, scripted, service_url):
    scripted.page = PAGE.format(widget='<briefwijzer-chat privacy-url="/privacy"></briefwijzer-chat>')
    visit = browse(service_url, viewport={"width": 320, "height": 640})
    visit.page.goto(service_url)
    visit.open()
    links = [{"text": "het advies", "url": "https://bron.example/advies", "start": 0, "end": 3}]
    address = "https://bron.example/" + "lang" * 60
    long = citation(url=address, title="Donaudampfschifffahrtsgesellschaft" * 4, links=links)
    scripted.answers(*events_of(answer(long)))
    visit.ask("w" * 300)
    visit.answered()
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    assert visit.part(".panel").evaluate("(it) => [it.scrollWidth - it.clientWidth, it.clientWidth]") == [0, 320]
    assert visit.part(".log").evaluate("(it) => it.scrollWidth <= it.clientWidth")
    boxes = visit.part(".panel").evaluate(
        """(panel) => [...panel.querySelectorAll("button, a, textarea")].filter((it) => it.getClientRects().length)
          .map((it) => [it.className || it.tagName, it.getBoundingClientRect().width, it.getBoundingClientRect().height])"""
    )
    assert len(boxes) > 8
    assert visit.part(".foot a").is_visible()
    assert visit.part(".refers a").is_visible()
    for name, width, height in boxes:
        least = 24 if name in ("cite", "A") else 44
        assert min(width, height) >= least, (name, width, height)


# What 1280 by 1024 pixels are at a zoom of 400 %.
ZOOMED = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
_REACH = """(selector) => [...document.querySelector("briefwijzer-chat").shadowRoot.querySelectorAll(selector)]
  .filter((it) => it.getClientRects().length)
  .map((it) => {
    it.scrollIntoView({ block: "center" });
    const box = it.getClientRects()[0];
    const at = it.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const isInside = box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
    return [it.className || it.id || it.tagName, isInside && Boolean(at) && it.contains(at)];
  })"""
_WIDE = "document.documentElement.scrollWidth"


def test_at_a_zoom_of_400_percent_everything_in_the_panel_is_reached_by_scrolling_down(browse, scripted, service_url):
    visit = browse(service_url, **ZOOMED)
    visit.page.goto(service_url)
    visit.open()
    scripted.answers(*events_of(answer(citation(title="Donaudampfschifffahrtsgesellschaft" * 4))))
    visit.ask("Wie betaalt de taallessen?")
    visit.answered()
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    visit.part("[aria-pressed]").first.click()
    visit.part(".remark").wait_for()
    reached = visit.page.evaluate(_REACH, ".panel :is(button, textarea, .links a)")
    assert {"close", "question", "cite"} <= {part for name, _ in reached for part in name.split()}
    assert [name for name, is_reached in reached if not is_reached] == []
    assert visit.part(".panel").evaluate("(it) => it.scrollWidth - it.clientWidth") == 0
    assert visit.part(".log").evaluate("(it) => it.scrollHeight <= it.clientHeight"), "one column, no slit within it"
    assert visit.page.evaluate(_WIDE) == 320


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_at_a_zoom_of_400_percent_a_page_answers_and_scrolls_one_way(browse, letter_url, path):
    visit = browse(letter_url, **ZOOMED)
    visit.page.goto(letter_url + path)
    visit.ask("Wat zegt VWN over de Terugkeerverordening?")
    visit.answered()
    visit.part(".cite").first.click()
    visit.part("mark").wait_for()
    reached = visit.page.evaluate(_REACH, ".panel :is(button, textarea, .links a)")
    assert "question" in [name for name, _ in reached]
    assert [name for name, is_reached in reached if not is_reached] == []
    assert visit.page.evaluate(_WIDE) == 320


def test_what_gets_the_focus_is_never_hidden_behind_the_question_field(browse, scripted, service_url):
    scripted.page = PAGE.format(widget='<briefwijzer-chat mode="inline"></briefwijzer-chat>')
    visit = browse(service_url, viewport={"width": 1200, "height": 700})
    visit.page.goto(service_url)
    for turn in range(1, 4):
        scripted.answers(*events_of(answer(citation(), citation(2), citation(3))))
        visit.ask("Wie betaalt?")
        visit.answered(turn)
    before, hidden = visit.part(".cite").nth(3), visit.part(".cite").nth(4)
    before.evaluate("(it) => it.focus({ preventScroll: true })")
    behind = """(it) => {
      const middle = (box) => box.y + box.height / 2;
      const field = it.getRootNode().querySelector(".ask").getBoundingClientRect();
      scrollBy({ top: middle(it.getBoundingClientRect()) - middle(field), behavior: "instant" });
    }"""
    hidden.evaluate(behind)
    at = "(it) => { const b = it.getBoundingClientRect(); return it.getRootNode().elementFromPoint(b.x + b.width / 2, b.y + b.height / 2) === it; }"
    assert not hidden.evaluate(at), "it stands behind the field, or nothing is tried here"
    visit.page.keyboard.press("Tab")
    assert hidden.evaluate("(it) => it.matches(':focus')")
    assert hidden.evaluate(at)


def test_an_earlier_revision_is_said_in_sight_of_the_quote(browse, make_corpus, bundled, tmp_path):
    more = "\n\n".join(f"Alinea {number} gaat over iets anders dan de school." for number in range(60))
    corpus = make_corpus({"brief.txt": f"{more}\n\nDe gymzaal opent in mei 2026."})
    ingest_corpus(corpus, tmp_path / "index", bundled)
    app = create_app(Settings(index_dir=tmp_path / "index"))
    with served(app) as address:
        visit = browse(address, viewport={"width": 390, "height": 800}, java_script_enabled=False)
        question = {"question": "Wanneer opent de gymzaal?"}
        cited = visit.page.request.post(f"{address}/v1/ask", data=question).json()["citations"][0]
        (corpus / "brief.txt").write_text("De gymzaal opent in juni 2027.", encoding="utf-8")
        ingest_corpus(corpus, tmp_path / "index", bundled)
        app.state.service.refresh()
        visit.page.goto(address + cited["viewer_url"])
        quote, said = visit.part("#quote").bounding_box(), visit.part(".document .notice").bounding_box()
        assert 0 < said["y"] < quote["y"] < 800
        assert "eerdere versie" in visit.part(".document .notice").inner_text()
        reader = browse(address)
        reader.page.goto(address + cited["viewer_url"])
        assert reader.barriers() == []
        reader.assert_clean()


def test_at_a_zoom_of_400_percent_the_viewer_scrolls_one_way(browse, letter_url):
    visit = browse(letter_url, **ZOOMED)
    visit.page.goto(f"{letter_url}/documents/brief-2025-12?start=5402&end=5641#quote")
    assert visit.page.evaluate(_WIDE) == 320
    top = visit.part("#quote").evaluate("(it) => it.getClientRects()[0].top")
    assert 0 <= top < 256, "the quote must be in sight"


def test_the_field_has_sixteen_pixels_on_a_phone_and_the_panel_fills_the_screen(browse, scripted, service_url):
    scripted.page_style = "html { font-size: 10px } briefwijzer-chat { --bw-font-size: 12px }"
    visit = browse(service_url, viewport={"width": 390, "height": 800})
    visit.page.goto(service_url)
    visit.open()
    assert visit.part("#question").evaluate("(it) => getComputedStyle(it).fontSize") == "16px"
    box = visit.part(".panel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 800)


def test_nothing_turns_for_who_wants_no_motion(browse, scripted, service_url):
    visit = browse(service_url, reduced_motion="reduce")
    visit.page.goto(service_url)
    visit.open()
    gate = threading.Event()
    scripted.answers(gate, *events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.part(".pending").wait_for()
    assert visit.part(".pending").evaluate("(it) => getComputedStyle(it, '::before').animationName") == "none"


def test_quotes_say_their_language(visit, scripted):
    english = citation(2, quote="Woorden van een ander.", language="en", speaker="ander")
    scripted.answers(*events_of(answer(citation(), english)))
    visit.open()
    visit.ask("Wie?")
    visit.answered()
    assert visit.part("blockquote").evaluate_all("(them) => them.map((it) => it.lang)") == ["nl", "en"]
    titles = visit.part(".voice > .soft span").evaluate_all("(them) => them.map((it) => [it.lang, it.innerText])")
    assert titles == [["nl", "Een brief"], ["en", "Een brief"]]
    assert visit.part(".voice > .soft").first.inner_text() == "Een brief, december 2025"


def test_on_paper_the_document_stands_alone(browse, letter_url):
    visit = browse(letter_url)
    visit.page.goto(f"{letter_url}/documents/brief-2025-12?start=5402&end=5641")
    assert visit.part(".contents").is_visible()
    visit.page.emulate_media(media="print")
    for selector in (".top", ".contents", ".bottom", ".tomark"):
        assert not visit.part(selector).is_visible()
    assert visit.part("mark").evaluate("(it) => getComputedStyle(it).borderBottomStyle") == "solid"

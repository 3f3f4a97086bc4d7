"""Hostile answers, hostile pages, and what the widget keeps."""

import json
import threading

import pytest

from app.answering.citing import text_fragment
from tests.browser.hosting import PAGE, answer, citation, document, event, events_of

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<img src=https://evil.example/x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    '"><svg onload=window.hit=1>',
    "[klik](javascript:window.hit=1) ![x](https://evil.example/p.png)",
    "<style>@import url(https://evil.example/s.css)</style><iframe srcdoc='<script>parent.hit=1</script>'>",
    "{{constructor.constructor('window.hit=1')()}}",
]
ADDRESSES = [
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1",
    " \tjavascript:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "vbscript:x",
    "https://name:secret@evil.example/",
    "//evil.example/x",
    "blob:https://evil.example/1",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_answers_hold_stays_text(visit, scripted, payload):
    hostile = citation(
        quote=payload, start=0, title=payload, publisher=payload, section=payload, date=payload, fetched_at=payload,
        url="javascript:window.hit=1", viewer_url="javascript:window.hit=1", language=payload,
        links=[{"text": payload, "url": "javascript:window.hit=1", "start": 0, "end": 1}],
    )  # fmt: skip
    scripted.documents["brief"] = {**document(), "text": payload, "blocks": []}
    scripted.about = {"speakers": {"wij": payload}, "examples": [payload]}
    whole = answer(
        hostile, answer=payload, notice=payload, status="partial", speakers={"wij": payload, "ander": payload},
        also=[{"speaker": payload, "citations": []}], corrections=[[payload, payload]], understood=payload,
    )  # fmt: skip
    scripted.answers(event("notice", {"text": payload, "status": "partial"}), *events_of(whole))
    visit.open()
    visit.part(".example").wait_for()
    visit.ask(payload)
    visit.answered()
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    assert payload in visit.part("blockquote").inner_text()
    assert visit.part(".asked p").inner_text() == payload
    assert visit.page.evaluate("window.hit") is None
    made = visit.part(".root").evaluate("(it) => [...new Set([...it.querySelectorAll('*')].map((e) => e.localName))]")
    assert not {"script", "img", "iframe", "style", "object", "embed", "link", "base"} & set(made)
    assert visit.part(".answer a").count() == 0
    visit.assert_clean()


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_web_addresses_become_links(visit, scripted, address):
    cited = citation(url=address, viewer_url=address, links=[{"text": "klik", "url": address, "start": 0, "end": 1}])
    scripted.answers(*events_of(answer(cited)))
    visit.open()
    visit.ask("Wie?")
    visit.answered()
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    assert visit.part(".answer a").count() == 0
    assert "klik" in visit.part(".refers").inner_text()


def test_source_links_lead_only_to_the_listed_origins(browse, scripted, service_url):
    scripted.page = PAGE.format(
        widget='<briefwijzer-chat source-origins="https://bron.example, https://ook.example"></briefwijzer-chat>'
    )
    visit = browse(service_url)
    visit.page.goto(service_url)
    visit.open()
    allowed, other = citation(), citation(2, url="https://evil.example/brief")
    scripted.answers(*events_of(answer(allowed, other)))
    visit.ask("Wie?")
    visit.answered()
    for number in (0, 1):
        visit.part(".cite").nth(number).click()
    visit.part("mark").nth(1).wait_for()
    assert visit.part(".source").nth(0).locator(".links a").count() == 2
    assert visit.part(".source").nth(1).locator(".links a").count() == 1


@pytest.mark.parametrize(("listed", "links"), [("bron.example", 1), ("javascript:1, null", 1), (" ", 2)])
def test_a_list_that_holds_no_origin_lets_nothing_in_and_an_empty_one_anything(
    browse, scripted, service_url, listed, links
):
    scripted.page = PAGE.format(widget=f'<briefwijzer-chat source-origins="{listed}"></briefwijzer-chat>')
    visit = browse(service_url)
    visit.page.goto(service_url)
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie?")
    visit.answered()
    visit.cite()
    assert visit.part(".links a").count() == links


QUOTES = [
    "Kort citaat.",
    "Asiel- en migratiepact, 50% & meer: (a) 'b' *c* ~d~ !",
    " ".join(f"woord-{number}," for number in range(14)),
    "𝓖een   dubbele\nspaties 🙂 hier",
]


@pytest.mark.parametrize(
    "url", ["https://bron.example/a?b=c#d", "https://bron.example/stuk.pdf", "https://bron.example/X.PDF?v=1"]
)
@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("page", [None, 3])
def test_the_widget_and_the_service_point_at_a_quote_alike(links_tab, url, quote, page):
    assert links_tab.evaluate("([u, q, p]) => links.quoteAddress(u, q, p)", [url, quote, page]) == text_fragment(
        url, quote, page
    )


@pytest.fixture(scope="module")
def links_tab(chromium):
    """A tab with the module of addresses loaded as it stands: the sources are plain modules."""
    from importlib.resources import files

    page = chromium.new_page()
    source = (files("app.widget") / "links.js").read_text(encoding="utf-8")
    page.route("http://modules.example/*", lambda route: route.fulfill(content_type="text/javascript", body=source))
    page.route("http://modules.example/", lambda route: route.fulfill(content_type="text/html", body="<!doctype html>"))
    page.goto("http://modules.example/")
    page.evaluate("async () => { window.links = await import('/links.js'); }")
    yield page
    page.close()


HOSTILE_STYLE = """
* { all: unset !important; color: #fff !important; background: #fff !important; font-size: 3px !important; line-height: 0 !important;
  text-transform: uppercase !important; letter-spacing: 2em !important; visibility: visible !important; direction: rtl !important;
  word-spacing: 5em; text-indent: -999px; white-space: nowrap !important; cursor: none !important; pointer-events: none; }
html { font-size: 62.5% !important; filter: none; }
main { transform: scale(.2); overflow: hidden !important; position: relative; z-index: -1; height: 40px; contain: strict; opacity: .2; }
button, textarea, a, h2, p, li { display: none !important; border: 20px solid red !important; }
body::after { content: ""; position: fixed !important; inset: 0; z-index: 2147483647 !important; background: rgba(0, 0, 0, .9) !important; }
"""


def test_the_page_can_neither_hide_nor_restyle_it(browse, scripted, service_url):
    def look(style: str) -> dict:
        scripted.page_style = style
        visit = browse(service_url)
        visit.page.goto(service_url)
        visit.part(".launcher").wait_for()
        visit.open()
        scripted.answers(*events_of(answer(citation())))
        visit.ask("Wie betaalt?")
        visit.answered()
        seen = visit.part(".panel").evaluate(
            """(panel) => {
              const of = (selector) => {
                const element = panel.querySelector(selector);
                const style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return [style.color, style.fontSize, style.textTransform, style.letterSpacing, style.direction, style.visibility,
                  style.pointerEvents, style.whiteSpace, Math.round(box.x), Math.round(box.width), on === panel.getRootNode().host];
              };
              return Object.fromEntries(["h2", "blockquote p", ".cite", "textarea", ".send"].map((name) => [name, of(name)]));
            }"""
        )
        visit.part(".cite").click()
        visit.part("mark").wait_for()
        visit.part(".close").click()
        assert visit.part(".launcher").is_visible()
        return seen

    assert look(HOSTILE_STYLE) == look("")


def test_nothing_is_stored_before_the_first_question_and_reset_forgets_all(visit, scripted):
    stored = "JSON.stringify([Object.keys(sessionStorage), Object.keys(localStorage), document.cookie])"
    visit.open()
    visit.part(".example").first.wait_for()
    assert json.loads(visit.page.evaluate(stored)) == [[], [], ""]
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    keys, *others = json.loads(visit.page.evaluate(stored))
    assert len(keys) == 1
    assert others == [[], ""]
    visit.part(".clear").click()
    assert json.loads(visit.page.evaluate(stored)) == [[], [], ""]
    assert visit.part(".turns > li").count() == 0
    assert visit.part(".welcome").is_visible()
    assert visit.focused() == "question"


def test_reset_while_an_answer_comes_forgets_it_too(visit, scripted):
    visit.open()
    gate = threading.Event()
    first, *rest = events_of(answer(citation()))
    scripted.answers(first, gate, *rest)
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    visit.part(".clear").click()
    visit.part(".stop").wait_for(state="hidden")
    assert scripted.closed.wait(5)
    assert visit.page.evaluate("sessionStorage.length") == 0
    assert visit.part(".turns > li").count() == 0
    assert visit.part("[role=alert]").inner_text() == ""


def test_a_reload_keeps_answers_and_citations(visit, scripted):
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    gate = threading.Event()
    scripted.answers(gate)
    visit.ask("En daarna?")
    visit.part(".pending").wait_for()
    visit.page.reload()
    visit.hear()
    visit.open()
    assert visit.part(".asked p").all_inner_texts() == ["Wie betaalt?", "En daarna?"]
    assert visit.part(".speaker").inner_text() == "Stichting Wij"
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    assert visit.part(".answer .notice").inner_text() == "Gestopt. Het antwoord is niet af."
    assert visit.heard() == []
    assert len(scripted.asked) == 2


def test_another_pages_data_under_our_key_does_no_harm(visit, scripted, service_url):
    for rubbish in ("{", "7", '[{"id": 1}, null, {"id": "a", "question": "b", "answer": {}}]'):
        visit.page.evaluate(
            "([key, value]) => sessionStorage.setItem(key, value)", [f"briefwijzer:{service_url}", rubbish]
        )
        visit.page.reload()
        visit.open()
        assert visit.part(".turns > li").count() == 0
    visit.assert_clean()


def test_no_history_is_kept_where_the_page_wants_none(browse, scripted, service_url):
    scripted.page = PAGE.format(widget='<briefwijzer-chat history="none"></briefwijzer-chat>')
    visit = browse(service_url)
    visit.page.goto(service_url)
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.page.evaluate("sessionStorage.length") == 0
    visit.part("briefwijzer-chat").evaluate("(it) => it.setAttribute('lang', 'en')")
    assert visit.part(".send").inner_text().strip() == "Send"
    assert visit.part("blockquote").count() == 1, "a new language must not lose the conversation"


def test_events_tell_ids_and_never_what_was_asked(visit, scripted):
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Geheime vraag")
    visit.answered()
    visit.part(".cite").click()
    visit.part("[aria-pressed]").first.click()
    visit.part(".remark").wait_for()
    told = visit.told()
    assert [name for name, _ in told] == ["open", "ask", "answer", "cite", "feedback"]
    assert "Geheim" not in json.dumps(told)
    assert told[1][1]["id"] == told[2][1]["id"]
    assert told[2][1]["answerId"] == "antwoord-1"

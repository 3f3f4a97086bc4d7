"""On pages of other origins: listed, unlisted, without one; with a token; in a frame."""

from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from tests.browser.hosting import answer, citation, events_of

pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "intranet.html"
QUESTION = "Wat zegt VWN over de Terugkeerverordening?"


def host(service_url: str, attributes: str = "", script: str = "") -> str:
    return (
        f'<!doctype html><html lang="nl"><title>Intranet</title><h1>Intranet</h1>'
        f'<script src="{service_url}/widget.js" defer></script><briefwijzer-chat {attributes}></briefwijzer-chat>{script}'
    )


def test_the_example_page_asks_from_another_origin(browse, intranet, listed_url):
    origin, contents = intranet
    contents["/"] = EXAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", listed_url)
    visit = browse(origin, listed_url)
    visit.page.goto(origin)
    visit.open()
    visit.ask(QUESTION)
    visit.answered()
    assert "zelfstandige" in visit.part("blockquote").first.inner_text()
    visit.part(".cite").first.click()
    visit.part("mark").wait_for()
    with visit.page.context.expect_page() as opened:
        visit.part(".links a").first.click()
    viewer = opened.value
    assert viewer.url.startswith(f"{listed_url}/documents/brief-2025-12?rev=")
    assert "zelfstandige" in viewer.locator("mark#quote").inner_text()
    assert viewer.evaluate("window.opener") is None
    visit.assert_clean()


def test_a_page_of_an_unlisted_origin_gets_no_answer(browse, intranet, letter_url):
    origin, contents = intranet
    contents["/"] = host(letter_url)
    visit = browse(origin, letter_url)
    visit.page.goto(origin)
    visit.open()
    visit.ask(QUESTION)
    visit.part(".trouble button").wait_for()
    assert visit.part("blockquote").count() == 0


def test_a_page_without_an_origin_gets_neither_script_nor_answer(browse, intranet, listed_url):
    origin, contents = intranet
    tries = f"""<script>
      const body = JSON.stringify({{ question: "{QUESTION}" }});
      const headers = {{ "Content-Type": "application/json" }};
      fetch("{listed_url}/v1/ask", {{ method: "POST", headers, body }})
        .then((response) => response.text(), () => "geweigerd")
        .then((text) => (document.querySelector("h1").textContent = text));
    </script>"""
    contents["/inner"] = host(listed_url, script=tries)
    contents["/"] = '<!doctype html><title>x</title><iframe sandbox="allow-scripts" src="/inner"></iframe>'
    visit = browse(origin, listed_url)
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.get_by_text("geweigerd").wait_for()
    assert frame.locator(".launcher").count() == 0


def test_the_token_goes_in_a_header_and_is_asked_for_again_when_it_has_run_out(browse, intranet, scripted, service_url):
    origin, contents = intranet
    scripted.origins = frozenset({origin})
    script = """<script>
      let given = 0;
      document.querySelector("briefwijzer-chat").getToken = async () => `pas-${++given}`;
    </script>"""
    contents["/"] = host(service_url, "", script)
    visit = browse(origin, service_url)
    visit.page.goto(origin)
    visit.open()
    visit.part(".example").first.wait_for()
    scripted.answers(JSONResponse({"status": 401}, 401))
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    tokens = [headers["authorization"] for _, headers in scripted.asked]
    assert len(set(tokens)) == 2
    assert all(token.startswith("Bearer pas-") for token in tokens)
    kept = visit.part("briefwijzer-chat").evaluate("(it) => it.outerHTML + JSON.stringify(sessionStorage)")
    assert "pas-" not in kept
    visit.assert_clean()


def test_a_token_that_cannot_be_had_is_said(visit, scripted):
    visit.part("briefwijzer-chat").evaluate("(it) => { it.getToken = async () => { throw new Error('uitgelogd'); }; }")
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".trouble button").wait_for()
    assert "geen toegang" in visit.part("[role=alert]").inner_text()
    assert scripted.asked == []


def test_methods_and_attributes(browse, intranet, scripted, service_url):
    origin, contents = intranet
    scripted.origins = frozenset({origin})
    contents["/"] = host(
        service_url,
        'lang="en" heading="Ask us" theme="dark" feedback="off" privacy-url="/privacy"',
    )
    visit = browse(origin, service_url)
    visit.page.goto(origin)
    chat = visit.part("briefwijzer-chat")
    scripted.answers(*events_of(answer(citation())))
    chat.evaluate("(it) => it.ask('Who pays?')")
    visit.answered()
    assert visit.part("h2").inner_text() == "Ask us"
    assert visit.part(".launcher").inner_text().strip() == "Ask a question"
    assert visit.part("[aria-pressed]").count() == 0
    assert visit.part(".foot a").get_attribute("href") == f"{origin}/privacy"
    dark = visit.part(".panel").evaluate("(it) => getComputedStyle(it).backgroundColor")
    chat.evaluate("(it) => it.setAttribute('theme', 'light')")
    assert visit.part(".panel").evaluate("(it) => getComputedStyle(it).backgroundColor") != dark
    assert visit.part(".panel").is_visible(), "a new theme must not close the panel"
    assert visit.part("blockquote").count() == 1
    chat.evaluate("(it) => it.close()")
    assert not visit.part(".panel").is_visible()
    chat.evaluate("(it) => it.setAttribute('mode', 'inline')")
    assert visit.part(".panel").is_visible()
    assert visit.part(".launcher").count() == 0
    chat.evaluate("(it) => it.remove()")
    visit.assert_clean()


def test_a_page_sets_colours_and_reaches_the_parts(browse, intranet, scripted, service_url):
    origin, contents = intranet
    style = """<style>briefwijzer-chat { --bw-accent: rgb(1, 2, 3); --utrecht-document-font-family: serif; }
      briefwijzer-chat::part(launcher) { border-radius: 3px; } briefwijzer-chat::part(panel) { outline: 5px solid red; }</style>"""
    contents["/"] = host(service_url) + style
    visit = browse(origin, service_url)
    visit.page.goto(origin)
    look = visit.part(".launcher").evaluate(
        "(it) => { const style = getComputedStyle(it); return [style.backgroundColor, style.borderRadius, style.fontFamily]; }"
    )
    assert look == ["rgb(1, 2, 3)", "3px", "serif"]
    assert visit.part(".panel").evaluate("(it) => getComputedStyle(it).outlineWidth") == "5px"


def test_the_page_for_a_frame_fills_it(browse, letter_url):
    visit = browse(letter_url, viewport={"width": 500, "height": 600})
    visit.page.goto(f"{letter_url}/embed?theme=light")
    # Long enough to scroll, with the words for screen readers alone far down.
    for _ in range(3):
        visit.ask(QUESTION)
        visit.answered()
    assert visit.page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the log scrolls, not the page"
    assert visit.part("#question").is_visible()
    visit.assert_clean()

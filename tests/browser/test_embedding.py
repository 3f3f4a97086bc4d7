"""On pages of other origins: listed, unlisted, without one; with a token; in a frame."""

from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from app.access.keys import KeyStore
from app.main import create_app
from app.settings import Settings
from tests.browser.hosting import answer, citation, events_of
from tests.serving import served

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
    visit.cite()
    viewer = visit.viewer()
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


ASKING = """<script>
  const headers = {{ "Content-Type": "application/json" }};
  const body = JSON.stringify({{ question: "Wie betaalt?" }});
  fetch("{service}/v1/ask", {{ method: "POST", headers, body }})
    .then((response) => response.text(), () => "geweigerd")
    .then((text) => (document.querySelector("h1").textContent = `${{self.origin}}: ${{text}}`));
</script>"""


@pytest.mark.parametrize("lets_null_in", [True, False], ids=["a service that lets it in", "ours"])
def test_a_page_without_an_origin_gets_no_answer(browse, intranet, scripted, service_url, listed_url, lets_null_in):
    origin, contents = intranet
    scripted.origins = frozenset({"null"})
    scripted.answers(JSONResponse({"answer": "gelukt"}))
    service = service_url if lets_null_in else listed_url
    contents["/inner"] = f"<!doctype html><title>x</title><h1>?</h1>{ASKING.format(service=service)}"
    contents["/"] = '<!doctype html><title>x</title><iframe sandbox="allow-scripts" src="/inner"></iframe>'
    visit = browse(origin, service)
    visit.page.goto(origin)
    told = visit.page.frame_locator("iframe").get_by_text("null: ")
    told.wait_for()
    assert told.inner_text() == ('null: {"answer":"gelukt"}' if lets_null_in else "null: geweigerd")


def framing(service: str) -> str:
    return f'<!doctype html><title>x</title><iframe src="{service}/embed?lang=nl" width="500" height="640"></iframe>'


def test_a_listed_page_of_another_origin_shows_the_frame(browse, intranet, listed_url):
    origin, contents = intranet
    contents["/"] = framing(listed_url)
    visit = browse(origin, listed_url)
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".actions").wait_for()
    frame.locator(".cite").first.click()
    assert "zelfstandige" in frame.locator("mark").inner_text()
    with visit.page.context.expect_page() as opened:
        frame.locator(".links a").first.click()
    assert "zelfstandige" in opened.value.locator("mark#quote").inner_text()
    visit.assert_clean()


@pytest.fixture(scope="module")
def keyed(letter_index, _intranet, tmp_path_factory):
    """A service that asks for keys and lists the intranet's origin, and the key of the intranet's server."""
    folder = tmp_path_factory.mktemp("access")
    store = KeyStore.open(folder)
    key = store.add("intranet", ["token"])
    store.close()
    chosen = Settings(index_dir=letter_index, access_dir=folder, access="keys", origins=(_intranet[0],))
    with served(create_app(chosen)) as address:
        yield address, key


@pytest.mark.parametrize("bound_to", ["the service", "the page around it", None])
def test_a_frame_takes_the_token_behind_its_address_where_it_is_the_services_own(browse, intranet, keyed, bound_to):
    origin, contents = intranet
    service, key = keyed
    visit = browse(origin, service)
    fragment = ""
    if bound_to:
        body = {"origin": service if bound_to == "the service" else origin}
        given = visit.page.request.post(f"{service}/v1/token", data=body, headers={"Authorization": f"Bearer {key}"})
        fragment = f"#token={given.json()['token']}"
    contents["/"] = framing(service).replace("lang=nl", f"lang=nl{fragment}")
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    if bound_to != "the service":
        frame.locator(".trouble button").wait_for()
        assert "geen toegang" in frame.locator("[role=alert]").inner_text()
        return
    frame.locator(".actions").wait_for()
    assert frame.locator(".example").count() > 0, "the token is there before the first request"
    frame.locator(".cite").first.click()
    assert "zelfstandige" in frame.locator("mark").inner_text()
    kept = frame.locator("main").evaluate(
        "() => location.href + document.documentElement.outerHTML + JSON.stringify(sessionStorage)"
    )
    assert fragment.removeprefix("#token=") not in kept
    assert f"{service}/embed?lang=nl" in kept
    visit.assert_clean()


def test_a_frame_takes_a_later_token_without_being_loaded_anew(browse, intranet, keyed):
    origin, contents = intranet
    service, key = keyed
    visit = browse(origin, service)
    contents["/"] = framing(service)
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".trouble button").wait_for()
    given = visit.page.request.post(
        f"{service}/v1/token", data={"origin": service}, headers={"Authorization": f"Bearer {key}"}
    )
    changed = "() => { window.changed = new Promise((done) => addEventListener('hashchange', () => done(true))); }"
    frame.locator("main").evaluate(changed)
    visit.part("iframe").evaluate("(it, token) => { it.src += `#token=${token}`; }", given.json()["token"])
    assert frame.locator("main").evaluate("() => window.changed")
    frame.locator(".trouble button").click()
    frame.locator(".actions").wait_for()
    assert frame.locator(".asked").count() == 1, "the conversation stays"


def test_a_page_that_is_not_listed_may_not_show_the_frame(browse, intranet, letter_url):
    origin, contents = intranet
    contents["/"] = framing(letter_url)
    visit = browse(origin, letter_url)
    with visit.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        visit.page.goto(origin)
    assert visit.page.frame_locator("iframe").locator("briefwijzer-chat").count() == 0


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

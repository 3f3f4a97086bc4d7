"""On pages of other origins: listed, unlisted, without one; with a token; in a frame."""

import time
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from app.access.keys import KeyStore
from app.access.tokens import PageTokens, page_secret
from app.main import create_app
from app.settings import Settings
from tests.browser.hosting import answer, citation, events_of
from tests.serving import served

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EXAMPLE = EXAMPLES / "intranet.html"
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
    assert "geeft deze pagina geen antwoord" in visit.part("[role=alert]").inner_text()
    assert visit.told()[-1][1]["code"] == "blocked"


def test_on_a_page_without_an_origin_the_widget_shows_and_says_that_it_gets_no_answer(browse, intranet, listed_url):
    origin, contents = intranet
    contents["/inner"] = host(listed_url)
    contents["/"] = (
        '<!doctype html><title>x</title><iframe sandbox="allow-scripts" src="/inner" width="600" height="600"></iframe>'
    )
    visit = browse(origin, listed_url)
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator(".launcher").click()
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".trouble button").wait_for()
    assert frame.locator("main, h1").first.evaluate("() => self.origin") == "null"
    assert "geeft deze pagina geen antwoord" in frame.locator("[role=alert]").inner_text()
    assert frame.locator(".asked p").inner_text() == QUESTION
    assert frame.locator("blockquote").count() == 0
    visit.assert_clean()


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
    """A service that asks for keys and lists the intranet's origin, the key of the intranet's server, and where keys are kept."""
    folder = tmp_path_factory.mktemp("access")
    store = KeyStore.open(folder)
    key = store.add("intranet", ["token"])
    store.close()
    chosen = Settings(index_dir=letter_index, access_dir=folder, access="keys", origins=(_intranet[0],))
    with served(create_app(chosen)) as address:
        yield address, key, folder


@pytest.mark.parametrize("bound_to", ["the service", "the page around it", None])
def test_a_frame_takes_the_token_behind_its_address_where_it_is_the_services_own(browse, intranet, keyed, bound_to):
    origin, contents = intranet
    service, key, _ = keyed
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
    service, key, _ = keyed
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


def expired(keyed):
    """A token for the inside of the frame that was good an hour ago."""
    service, key, folder = keyed
    store = KeyStore.open(folder)
    tokens = PageTokens(page_secret(None, folder), store, clock=lambda: time.time() - 3600)
    token = tokens.make(store.checked(key).id, service, 600)
    store.close()
    return token


def fresh(visit, keyed):
    """A token for the inside of the frame that is good now."""
    service, key, _ = keyed
    asking = {"Authorization": f"Bearer {key}"}
    return visit.page.request.post(f"{service}/v1/token", data={"origin": service}, headers=asking).json()["token"]


def giving(visit, keyed, *, fragment="", more=""):
    """The example page with the frame; its own server gives tokens. Returns (page, how often it gave one, messages)."""
    service = keyed[0]
    given: list[str] = []

    def give(route):
        given.append(fresh(visit, keyed))
        route.fulfill(json={"token": given[-1], "expires_in": 600})

    visit.page.route("**/briefwijzer-frame-token", give)
    listening = "<script>window.messages = []; addEventListener('message', (it) => messages.push(it.data));</script>"
    html = (EXAMPLES / "frame.html").read_text(encoding="utf-8").replace("http://127.0.0.1:8000", service)
    script = (EXAMPLES / "frame.js").read_text(encoding="utf-8")
    html = html.replace('<script src="/frame.js"></script>', f"{listening}<script>{script}</script>{more}")
    return html.replace("theme=light", f"theme=light{fragment}"), given


@pytest.mark.parametrize("has_expired", [True, False], ids=["that has run out", "that it never had"])
def test_a_frame_asks_the_page_around_it_for_a_token(browse, intranet, keyed, has_expired):
    origin, contents = intranet
    service = keyed[0]
    visit = browse(origin, service)
    contents["/"], given = giving(visit, keyed, fragment=f"#token={expired(keyed)}" if has_expired else "")
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator(".example").first.wait_for()
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".actions").wait_for()
    frame.locator(".cite").first.click()
    assert "zelfstandige" in frame.locator("mark").inner_text()
    assert frame.locator(".asked").count() == 1
    assert len(given) == 1, "a token is used for as long as it holds"
    assert visit.page.evaluate("window.messages") == [{"type": "briefwijzer-token-wanted"}]
    kept = frame.locator("main").evaluate(
        "() => location.href + document.documentElement.outerHTML + JSON.stringify(sessionStorage)"
    )
    assert given[0] not in kept
    visit.assert_clean()


def test_a_frame_takes_a_token_from_the_page_around_it_alone(browse, intranet, keyed):
    origin, contents = intranet
    service = keyed[0]
    visit = browse(origin, service)
    contents["/other"] = (
        "<!doctype html><title>x</title><h2>anders</h2><script>"
        "parent.frames[0].postMessage({ type: 'briefwijzer-token', token: 'vals' }, '*');</script>"
    )
    contents["/"], given = giving(visit, keyed, fragment=f"#token={fresh(visit, keyed)}", more="<div></div>")
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe").first
    frame.locator(".example").first.wait_for()
    heard = "() => { window.heard = new Promise((done) => addEventListener('message', (it) => done(it.data.token))); }"
    frame.locator("main").evaluate(heard)
    visit.part("div").evaluate("(it) => it.append(Object.assign(document.createElement('iframe'), { src: '/other' }))")
    assert frame.locator("main").evaluate("() => window.heard") == "vals"
    refused = []
    visit.page.on("response", lambda response: refused.append(response.url) if response.status == 401 else None)
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".actions").wait_for()
    assert (refused, given) == ([], [])


def test_where_the_page_around_a_frame_gives_no_token_the_question_stays_for_after_a_reload(browse, intranet, keyed):
    origin, contents = intranet
    service = keyed[0]
    visit = browse(origin, service)
    contents["/"] = framing(service).replace("lang=nl", f"lang=nl#token={expired(keyed)}")
    visit.page.goto(origin)
    frame = visit.page.frame_locator("iframe")
    frame.locator("#question").fill(QUESTION)
    frame.locator("#question").press("Enter")
    frame.locator(".trouble button").wait_for()
    assert "verlopen. Laad de pagina opnieuw" in frame.locator("[role=alert]").inner_text()
    assert frame.locator(".asked p").inner_text() == QUESTION
    contents["/"] = framing(service).replace("lang=nl", f"lang=nl#token={fresh(visit, keyed)}")
    visit.page.reload()
    assert frame.locator(".asked p").inner_text() == QUESTION
    frame.locator(".trouble button").click()
    frame.locator(".actions").wait_for()
    assert frame.locator(".asked").count() == 1
    assert not frame.locator(".trouble button").is_visible()
    visit.assert_clean()


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


_GIVE = """(it, tokens) => {
  window.refused = [];
  let last = null;
  it.getToken = async (refused) => {
    if (refused !== undefined) window.refused.push(refused);
    if (tokens.length) last = tokens.shift();
    return last;
  };
}"""


@pytest.mark.parametrize("first", ["oud", None])
def test_the_page_hears_which_token_was_refused(visit, scripted, first):
    visit.open()
    visit.part(".example").first.wait_for()
    visit.part("briefwijzer-chat").evaluate(_GIVE, [first, "nieuw"])
    scripted.answers(JSONResponse({"status": 401}, 401))
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.page.evaluate("window.refused") == [first]
    assert [headers.get("authorization") for _, headers in scripted.asked] == [first and "Bearer oud", "Bearer nieuw"]


def test_a_token_that_was_refused_is_not_sent_again(visit, scripted):
    visit.open()
    visit.part(".example").first.wait_for()
    visit.part("briefwijzer-chat").evaluate(_GIVE, ["oud"])
    scripted.answers(JSONResponse({"status": 401}, 401))
    visit.ask("Wie betaalt?")
    visit.part(".trouble button").wait_for()
    assert "verlopen" in visit.part("[role=alert]").inner_text()
    assert visit.told()[-1] == ["error", {**visit.told()[-1][1], "code": "expired", "status": 401}]
    assert len(scripted.asked) == 1
    assert visit.part(".asked p").inner_text() == "Wie betaalt?"


@pytest.mark.parametrize("gives_up", ["the reader", "the widget"])
def test_a_token_that_never_comes_is_not_waited_for_without_end(browse, scripted, service_url, gives_up):
    visit = browse(service_url)
    visit.page.clock.install()
    visit.page.goto(service_url)
    visit.open()
    visit.part("briefwijzer-chat").evaluate("(it) => { it.getToken = () => new Promise(() => {}); }")
    visit.ask("Wie betaalt?")
    if gives_up == "the reader":
        visit.part(".stop").click()
        visit.part(".answer .notice").wait_for()
        assert "Gestopt" in visit.part(".answer .notice").inner_text()
    else:
        visit.page.clock.run_for(95_000)
        visit.part(".trouble button").wait_for()
        assert "te lang" in visit.part("[role=alert]").inner_text()
    assert not visit.part(".stop").is_visible()
    assert scripted.asked == []


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

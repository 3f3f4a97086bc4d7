"""Streams as networks deliver them: in crumbs, too late, cut off, refused."""

import threading

import pytest
from starlette.responses import JSONResponse

from tests.browser.hosting import PAGE, TEXT, answer, citation, document, event, events_of

pytestmark = pytest.mark.browser


def test_a_statement_shows_before_the_answer_is_whole(visit, scripted):
    gate = threading.Event()
    first, *rest = events_of(answer(citation(), citation(2, quote="Dat is volgens ons te kort.")))
    scripted.answers(first, gate, *rest)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    assert visit.part("blockquote").count() == 1
    assert visit.part(".speaker").inner_text() == "Stichting Wij"
    assert visit.part(".pending").is_visible()
    assert visit.part(".actions").count() == 0
    gate.set()
    visit.answered()
    assert visit.part("blockquote").count() == 2
    assert visit.part(".pending").count() == 0


@pytest.mark.parametrize("scrolls", [False, True])
def test_what_is_answered_stays_at_the_top_until_the_reader_scrolls(browse, scripted, service_url, scrolls):
    scripted.page = PAGE.format(widget='<briefwijzer-chat mode="inline"></briefwijzer-chat>')
    scripted.page_style = "h1 { height: 500px; }"
    visit = browse(service_url, viewport={"width": 1000, "height": 500})
    visit.page.goto(service_url)
    gate = threading.Event()
    first, *rest = events_of(answer(*(citation(number) for number in range(1, 13))))
    scripted.answers(first, *rest[:8], gate, *rest[8:])
    visit.ask("Wie betaalt?")
    visit.part(".cite").nth(8).wait_for()
    place = visit.part(".turns > li").evaluate("(it) => it.getBoundingClientRect().top")
    assert abs(place) < 20
    if scrolls:
        # Over the page beside the widget, which the widget hears nothing of.
        visit.page.mouse.move(2, 250)
        before = visit.page.evaluate("scrollY")
        visit.page.mouse.wheel(0, -200)
        visit.page.wait_for_function("(before) => Math.abs(scrollY - before) > 198", arg=before)
        place = visit.part(".turns > li").evaluate("(it) => it.getBoundingClientRect().top")
        assert place > 150
    gate.set()
    visit.answered()
    assert visit.part(".turns > li").evaluate("(it) => it.getBoundingClientRect().top") == pytest.approx(place, abs=2)


def test_signs_of_several_bytes_may_come_in_pieces(visit, scripted):
    quote = "🙂🙂 𝓖eachte lezer."
    whole = answer(citation(), citation(2, quote=quote))
    stream = b": hartslag\r\n\r\n" + b"".join(events_of(whole)).replace(b"\n", b"\r\n")
    # Within the four bytes of a sign; a gate keeps the two pieces apart on the way.
    middle = stream.index("🙂".encode()) + 2
    gate = threading.Event()
    scripted.answers(stream[:middle], gate, *(stream[place : place + 1] for place in range(middle, len(stream))))
    visit.open()
    visit.ask("Hoe heet de lezer?")
    visit.part("blockquote").wait_for()
    gate.set()
    visit.answered()
    assert visit.part("blockquote").nth(1).inner_text().startswith(f"“{quote}”")


def test_an_event_may_have_several_lines_of_data(visit, scripted):
    done = event("done", answer(citation())).decode()
    scripted.answers(done.replace('"mode"', '\ndata: "mode"').encode())
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.part("blockquote").count() == 1


def test_a_notice_may_come_first_and_is_shown_once(visit, scripted):
    whole = answer(citation(), status="partial", notice="Een datum staat er niet bij.")
    gate = threading.Event()
    scripted.answers(event("notice", {"text": whole["notice"], "status": "partial"}), gate, *events_of(whole))
    visit.open()
    visit.ask("Wanneer?")
    visit.part(".answer .notice").wait_for()
    assert visit.part("blockquote").count() == 0
    gate.set()
    visit.answered()
    assert visit.part(".answer > :first-child").inner_text() == "Een datum staat er niet bij."
    assert visit.part(".answer .notice").count() == 1


def test_a_stream_that_breaks_keeps_what_was_said_and_can_be_tried_again(visit, scripted):
    first, *_ = events_of(answer(citation(), citation(2)))
    scripted.answers(first)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".trouble button").wait_for()
    assert visit.part("blockquote").count() == 1
    assert "brak af" in visit.part("[role=alert]").inner_text()
    assert visit.part(".pending").count() == 0
    scripted.answers(*events_of(answer(citation(), citation(2))))
    visit.part(".trouble button").click()
    visit.answered()
    assert visit.part(".turns > li").count() == 1
    assert visit.part("blockquote").count() == 2
    assert visit.part("[role=alert]").inner_text() == ""
    assert visit.focused() == "question"
    assert [body["history"] for body, _ in scripted.asked] == [[], []]


def test_a_stream_that_stalls_is_given_up_after_a_minute_and_a_half(browse, scripted, service_url):
    visit = browse(service_url)
    visit.page.clock.install()
    visit.page.goto(service_url)
    visit.open()
    gate = threading.Event()
    first, *_ = events_of(answer(citation()))
    scripted.answers(first, gate)
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    visit.page.clock.run_for(80_000)
    assert visit.part("[role=alert]").inner_text() == ""
    visit.page.clock.run_for(20_000)
    visit.part(".trouble button").wait_for()
    assert "te lang" in visit.part("[role=alert]").inner_text()
    assert visit.part("blockquote").count() == 1
    assert visit.told()[-1][0] == "error"
    assert visit.told()[-1][1]["code"] == "stalled"


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "geen toegang"),
        (403, {}, "geen toegang"),
        (413, {}, "korter"),
        (422, {}, "korter"),
        (429, {"Retry-After": "7"}, "over 7 seconden"),
        (500, {}, "ging iets mis"),
        (503, {}, "niet beschikbaar"),
    ],
)
def test_a_refusal_is_said_in_plain_words(visit, scripted, status, headers, said):
    scripted.answers(JSONResponse({"status": status, "title": "?", "detail": "?"}, status, headers))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".trouble button").wait_for()
    assert said in visit.part("[role=alert]").inner_text()
    assert visit.told()[-1] == ["error", {**visit.told()[-1][1], "status": status}]


def test_without_a_network_the_question_can_be_asked_again(visit, scripted):
    visit.open()
    visit.part(".example").first.wait_for()
    visit.page.context.set_offline(True)
    visit.ask("Wie betaalt?")
    visit.part(".trouble button").wait_for()
    assert "geen verbinding" in visit.part("[role=alert]").inner_text()
    visit.page.context.set_offline(False)
    scripted.answers(*events_of(answer(citation())))
    visit.part(".trouble button").click()
    visit.answered()


def test_a_proxy_that_knows_no_streams_may_give_the_answer_whole(visit, scripted):
    scripted.answers(JSONResponse(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.part("blockquote").count() == 1


def test_written_statements_stand_above_the_quotes_they_rest_on(visit, scripted):
    whole = answer(citation(), mode="llm")
    whole["statements"][0]["text"] = "De gemeente betaalt, vier jaar lang."
    scripted.answers(*events_of(whole))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.part(".written").inner_text() == "De gemeente betaalt, vier jaar lang."
    assert visit.part(".written ~ blockquote").inner_text().startswith("“De gemeente krijgt")
    assert "taalmodel" in visit.part(".answer").inner_text()


def test_earlier_turns_go_along(visit, scripted):
    visit.open()
    for number in (1, 2):
        scripted.answers(*events_of(answer(citation())))
        visit.ask(f"Vraag {number}?")
        visit.answered(number)
    assert scripted.asked[1][0] == {
        "question": "Vraag 2?",
        "history": [{"question": "Vraag 1?", "answer": answer(citation())["answer"]}],
    }
    assert "cookie" not in scripted.asked[1][1]


def test_the_quote_is_marked_by_code_points_in_the_text_around_it(visit, scripted):
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    assert visit.part("mark").inner_text() == "De gemeente krijgt vier jaar geld voor taallessen."
    around = visit.part(".context").inner_text()
    assert around.startswith("🙂🙂 𝓖eachte lezer.")
    assert "Dat is volgens ons te kort." in around
    assert "Woorden van een ander" not in around, "another speaker's words would stand unnamed beside the quote"
    facts = visit.part(".source dl").inner_text()
    for wanted in ("Stichting Wij", "Een brief (Stichting)", "‘Opvang’", "december 2025", "5 januari 2026"):
        assert wanted in facts
    links = visit.part(".links a").evaluate_all(
        "(them) => them.map((it) => [it.href, it.target, it.rel, it.innerText])"
    )
    assert links[0][0].endswith(f"/documents/brief?rev=abcdefabcdef&start={TEXT.find('De gemeente')}#quote")
    assert links[1][0].startswith("https://bron.example/brief#:~:text=De%20gemeente")
    for _, target, rel, text in links:
        assert (target, rel) == ("_blank", "noopener noreferrer")
        assert "(opent in nieuw tabblad)" in text


def test_a_quote_that_does_not_stand_there_is_shown_unmarked_with_a_notice(visit, scripted):
    scripted.documents["brief"] = {**document(), "text": TEXT.replace("vier", "drie")}
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".cite").click()
    visit.part(".note").wait_for()
    assert "niet gemarkeerd" in visit.part(".note").inner_text()
    assert visit.part("mark").count() == 0
    assert visit.part(".context").inner_text() == "De gemeente krijgt vier jaar geld voor taallessen."


def test_a_quote_shows_without_the_text_around_it_where_that_does_not_come(visit, scripted):
    scripted.documents.clear()
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".cite").click()
    visit.part(
        ".source",
    ).get_by_text("kon niet worden opgehaald").wait_for()
    assert visit.part(".context").inner_text() == "De gemeente krijgt vier jaar geld voor taallessen."


def test_the_text_around_a_quote_is_not_waited_for_without_end(browse, scripted, service_url):
    visit = browse(service_url)
    visit.page.clock.install()
    visit.page.goto(service_url)
    scripted.document_gate = threading.Event()
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".cite").click()
    visit.page.clock.run_for(25_000)
    assert "wordt opgehaald" in visit.part(".source").inner_text()
    visit.page.clock.run_for(10_000)
    visit.part(".source").get_by_text("kon niet worden opgehaald").wait_for()
    scripted.document_gate.set()
    visit.part(".cite").click()
    visit.part(".cite").click()
    assert visit.part(".context").inner_text() == "De gemeente krijgt vier jaar geld voor taallessen."


def test_verdict_and_remark_are_sent_and_kept(visit, scripted):
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part("[aria-pressed]").last.click()
    visit.part(".remark textarea").fill("Te kort.")
    visit.part(".remark button").click()
    visit.part(
        ".said",
    ).get_by_text("opmerking").wait_for()
    assert scripted.verdicts == [
        {"answer_id": "antwoord-1", "verdict": "down"},
        {"answer_id": "antwoord-1", "verdict": "down", "remark": "Te kort."},
    ]
    visit.page.reload()
    visit.open()
    assert visit.part("[aria-pressed]").last.get_attribute("aria-pressed") == "true"


def test_no_verdict_is_asked_for_where_the_service_keeps_none(visit, scripted):
    scripted.about["feedback"] = False
    scripted.answers(*events_of(answer(citation())))
    visit.open()
    visit.part(".example").first.wait_for()
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.part("[aria-pressed]").count() == 0
    visit.page.reload()
    visit.open()
    visit.part(".actions").wait_for()
    visit.part("[aria-pressed]").first.wait_for(state="detached")


def test_an_answer_is_copied_with_its_sources(browse, scripted, service_url):
    visit = browse(service_url, permissions=["clipboard-read", "clipboard-write"])
    visit.page.goto(service_url)
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".actions button").first.click()
    visit.part(".said").get_by_text("Gekopieerd").wait_for()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“De gemeente krijgt vier jaar geld voor taallessen.” [1]")
    assert "\n[1] Stichting Wij, Een brief, Stichting, december 2025, https://bron.example/brief#:~:text=" in copied

"""With the keyboard alone, and by ear."""

import threading

import pytest

from tests.browser.hosting import answer, citation, events_of

pytestmark = pytest.mark.browser


def test_a_whole_visit_by_keyboard(visit, scripted):
    press = visit.page.keyboard.press
    scripted.answers(*events_of(answer(citation())))
    press("Tab")
    assert visit.focused() == "before"
    press("Tab")
    assert visit.focused() == "launcher"
    press("Enter")
    assert visit.focused() == "question"
    assert visit.part(".launcher").get_attribute("aria-expanded") == "true"
    visit.page.keyboard.type("Wie betaalt de taallessen?")
    press("Enter")
    visit.answered()
    assert visit.focused() == "question"
    while visit.focused() != "cite":
        press("Shift+Tab")
    press("Enter")
    visit.part("mark").wait_for()
    assert visit.part(".cite").get_attribute("aria-expanded") == "true"
    controlled = visit.part(".cite").get_attribute("aria-controls")
    assert visit.part(f"#{controlled} mark").inner_text().startswith("De gemeente")
    assert visit.focused() == "cite"
    press("Enter")
    assert visit.part(".cite").get_attribute("aria-expanded") == "false"
    assert not visit.part(f"#{controlled}").is_visible()
    press("Escape")
    assert visit.focused() == "launcher"
    assert not visit.part(".panel").is_visible()
    press("Tab")
    assert visit.focused() == "after", "a closed panel must not be in the tab order"
    assert [name for name, _ in visit.told()] == ["open", "ask", "answer", "cite", "close"]
    visit.assert_clean()


@pytest.mark.parametrize("place", ["#question", ".launcher", ".close", ".log"])
def test_escape_closes_from_wherever_the_focus_is_and_returns_to_the_launcher(visit, place):
    visit.open()
    visit.part(place).focus()
    visit.page.keyboard.press("Escape")
    visit.part(".panel").wait_for(state="hidden")
    assert visit.focused() == "launcher"
    assert visit.part(".launcher").get_attribute("aria-expanded") == "false"
    assert [name for name, _ in visit.told()] == ["open", "close"]


def test_shift_enter_makes_a_new_line_and_an_empty_question_is_not_sent(visit, scripted):
    visit.open()
    assert visit.part(".send").get_attribute("aria-disabled") == "true"
    visit.part("#question").press("Enter")
    visit.part("#question").type("een")
    visit.part("#question").press("Shift+Enter")
    visit.part("#question").type("twee")
    assert visit.part("#question").input_value() == "een\ntwee"
    assert visit.part(".send").get_attribute("aria-disabled") == "false"
    assert scripted.asked == []


def test_on_a_phone_the_tab_key_stays_in_the_panel_that_covers_the_screen(browse, scripted, service_url):
    visit = browse(service_url, viewport={"width": 390, "height": 800})
    visit.page.goto(service_url)
    visit.open()
    visit.part(".example").first.wait_for()
    seen = []
    for _ in range(12):
        visit.page.keyboard.press("Tab")
        seen.append(visit.focused())
    assert not {"before", "after", "launcher", "BODY"} & set(seen)
    assert seen.count("question") >= 1
    visit.page.keyboard.press("Escape")
    assert visit.focused() == "launcher"


def test_streaming_never_moves_the_focus(visit, scripted):
    gate = threading.Event()
    first, second, done = events_of(answer(citation(), citation(2)))
    scripted.answers(first, gate, second, done)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".cite").first.focus()
    gate.set()
    visit.answered()
    assert visit.focused() == "cite"


def test_a_short_answer_is_announced_in_three_changes_at_most(visit, scripted):
    visit.open()
    visit.hear()
    whole = answer(citation(), citation(2))
    scripted.answers(*events_of(whole))
    visit.ask("Wie betaalt?")
    visit.answered()
    heard = visit.heard()
    assert heard == ["Antwoord wordt opgesteld", whole["answer"]]
    assert visit.part("[role=log]").get_attribute("aria-live") == "off"
    assert visit.part("[role=status]").get_attribute("aria-live") == "polite"


def test_a_long_answer_is_announced_by_its_number_of_sources(visit, scripted):
    visit.open()
    visit.hear()
    scripted.answers(*events_of(answer(citation(), citation(2), answer="lang " * 150)))
    visit.ask("Wie betaalt?")
    visit.answered()
    assert visit.heard()[-1] == "Antwoord klaar, 2 bronnen"


def test_a_slow_answer_is_announced_every_ten_seconds(browse, scripted, service_url):
    visit = browse(service_url)
    visit.page.clock.install()
    visit.page.goto(service_url)
    visit.open()
    visit.hear()
    gate = threading.Event()
    scripted.answers(gate, *events_of(answer(citation())))
    visit.ask("Wie betaalt?")
    visit.part(".pending").wait_for()
    visit.page.clock.run_for(25_000)
    assert visit.heard() == ["Antwoord wordt opgesteld", "Nog bezig", "Nog bezig"]
    gate.set()
    visit.answered()
    visit.page.clock.run_for(25_000)
    assert len(visit.heard()) == 4


def test_stop_keeps_what_was_said_and_brings_the_focus_back(visit, scripted):
    gate = threading.Event()
    first, *rest = events_of(answer(citation(), citation(2)))
    scripted.answers(first, gate, *rest)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    assert visit.part(".send").get_attribute("aria-disabled") == "true"
    visit.part(".stop").focus()
    visit.page.keyboard.press("Enter")
    visit.part(".answer .notice").wait_for()
    assert visit.focused() == "question"
    assert not visit.part(".stop").is_visible()
    assert visit.part(".cite").count() == 1
    assert "niet af" in visit.part(".answer .notice").inner_text()
    assert scripted.closed.wait(5), "the service must see that nobody reads on"
    assert visit.part("[role=alert]").inner_text() == ""
    visit.assert_clean()


def test_an_example_question_can_be_asked(visit, scripted):
    visit.open()
    scripted.answers(*events_of(answer(citation())))
    visit.part(".example").first.click()
    visit.answered()
    assert scripted.asked[0][0]["question"] == "Wie betaalt de taallessen?"
    assert visit.focused() == "question"
    assert not visit.part(".welcome").is_visible()

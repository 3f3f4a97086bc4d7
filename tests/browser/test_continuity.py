"""What was shown stays: while attributes change, after a reload, and when the speakers become known later."""

import threading

import pytest

from app.main import create_app
from app.records import Records
from app.settings import Settings
from tests.browser.hosting import answer, citation, events_of
from tests.browser.test_embedding import QUESTION
from tests.serving import served

pytestmark = pytest.mark.browser
OTHER = citation(2, quote="Woorden van een ander.", speaker="ander")
_KEEP = """(selectors) => {
  const shadow = document.querySelector("briefwijzer-chat").shadowRoot;
  window.kept = selectors.map((selector) => [selector, shadow.querySelector(selector)]);
}"""
_REPLACED = """() => {
  const shadow = document.querySelector("briefwijzer-chat").shadowRoot;
  return window.kept.filter(([selector, node]) => !node || shadow.querySelector(selector) !== node).map(([selector]) => selector);
}"""
_SET = "(it, [name, value]) => it.setAttribute(name, value)"
LIVE = ["[role=status]", "[role=alert]", "[role=log]", ".panel", "#question"]


def answered(visit, scripted):
    visit.open()
    scripted.answers(*events_of(answer(citation(), OTHER)))
    visit.ask("Wie betaalt?")
    visit.answered()
    visit.part(".cite").first.click()
    visit.part("mark").wait_for()


@pytest.mark.parametrize(
    ("name", "value"), [("heading", "Vraag het"), ("theme", "dark"), ("privacy-url", "/privacy"), ("mode", "inline")]
)
def test_a_new_look_leaves_the_answer_and_the_live_regions_in_place(visit, scripted, name, value):
    answered(visit, scripted)
    visit.part("#question").fill("half getypt")
    visit.hear()
    visit.page.evaluate(_KEEP, [*LIVE, "blockquote", "mark", ".cite"])
    visit.part("briefwijzer-chat").evaluate(_SET, [name, value])
    assert visit.page.evaluate(_REPLACED) == []
    assert visit.part("mark").is_visible()
    assert visit.part("#question").input_value() == "half getypt"
    assert visit.heard() == []


def test_a_panel_that_becomes_part_of_the_page_and_a_panel_again_stays_open(visit, scripted):
    answered(visit, scripted)
    for mode in ("inline", "launcher"):
        visit.part("briefwijzer-chat").evaluate(_SET, ["mode", mode])
        assert visit.part("mark").is_visible(), mode
    assert visit.part(".panel").evaluate("(it) => it.matches(':popover-open')")
    visit.page.keyboard.press("Escape")
    assert not visit.part(".panel").is_visible()


def test_another_language_changes_the_words_around_an_answer_and_says_nothing_twice(visit, scripted):
    answered(visit, scripted)
    visit.part("#question").fill("half getypt")
    visit.hear()
    visit.page.evaluate(_KEEP, LIVE)
    visit.part("briefwijzer-chat").evaluate(_SET, ["lang", "en"])
    assert visit.part("h3").filter(has_text="You asked").count() == 1
    assert visit.page.evaluate(_REPLACED) == []
    assert visit.part("blockquote").count() == 2
    assert visit.part("#question").input_value() == "half getypt"
    assert visit.heard() == []
    assert len(scripted.asked) == 1


def test_an_attribute_that_changes_while_an_answer_comes_waits_for_its_end(visit, scripted):
    gate = threading.Event()
    first, *rest = events_of(answer(citation(), OTHER))
    scripted.answers(first, gate, *rest)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    visit.page.evaluate(_KEEP, [*LIVE, "blockquote", ".pending"])
    for name, value in (("theme", "dark"), ("lang", "en")):
        visit.part("briefwijzer-chat").evaluate(_SET, [name, value])
    assert visit.page.evaluate(_REPLACED) == []
    gate.set()
    visit.answered()
    visit.part("h3").filter(has_text="You asked").wait_for(state="attached")
    assert visit.part("blockquote").count() == 2
    assert len(scripted.asked) == 1
    visit.assert_clean()


def test_who_speaks_gets_name_and_colour_once_the_speakers_are_known(visit, scripted):
    scripted.about_gate = threading.Event()
    gate = threading.Event()
    first, *rest = events_of(answer(OTHER))
    scripted.answers(first, gate, *rest)
    visit.open()
    visit.ask("Wie spreekt?")
    visit.part(".cite").wait_for()
    voice = visit.part(".voice")
    colour = "(it) => getComputedStyle(it, '::before').backgroundColor"
    plain = voice.evaluate(colour)
    assert (voice.get_attribute("data-voice"), visit.part(".speaker").inner_text()) == ("-1", "ander")
    scripted.about_gate.set()
    visit.part(".voice[data-voice='1']").wait_for()
    assert visit.part(".pending").is_visible(), "while the answer is still on its way"
    assert visit.part(".speaker").inner_text() == "De Ander"
    assert voice.evaluate(colour) != plain
    gate.set()
    visit.answered()
    assert voice.get_attribute("data-voice") == "1"


def test_a_reload_keeps_the_statements_of_an_answer_that_was_not_whole(visit, scripted):
    first, *rest = events_of(answer(citation(), OTHER))
    scripted.answers(first, threading.Event(), *rest)
    visit.open()
    visit.ask("Wie betaalt?")
    visit.part(".cite").wait_for()
    visit.page.reload()
    visit.open()
    assert visit.part("blockquote").count() == 1
    assert visit.part(".answer .notice").inner_text() == "Gestopt. Het antwoord is niet af."
    visit.part(".cite").click()
    visit.part("mark").wait_for()
    visit.part(".voice[data-voice='0']").wait_for()
    assert visit.part(".speaker").inner_text() == "Stichting Wij"
    assert len(scripted.asked) == 1
    visit.assert_clean()


def test_a_remark_stays_when_the_thumb_changes_and_goes_when_it_is_emptied(browse, letter_index, tmp_path):
    with served(create_app(Settings(index_dir=letter_index, state_dir=tmp_path))) as address:

        def kept():
            [given] = Records(tmp_path).feedback()
            return given.verdict, given.remark

        visit = browse(address)
        visit.page.goto(address)
        visit.ask(QUESTION)
        visit.answered()
        visit.part("[aria-pressed]").last.click()
        visit.part(".remark textarea").fill("Te kort.")
        visit.part(".remark button").click()
        visit.part(".said").get_by_text("opmerking is verstuurd").wait_for()
        visit.part("[aria-pressed]").first.click()
        visit.part(".said").get_by_text("oordeel is verstuurd").wait_for()
        assert kept() == ("up", "Te kort.")
        assert visit.part(".remark textarea").input_value() == "Te kort."
        visit.page.reload()
        visit.part(".remark").wait_for()
        assert visit.part(".remark textarea").input_value() == "Te kort."
        visit.part(".remark textarea").fill("")
        visit.part(".remark button").click()
        visit.part(".said").get_by_text("opmerking is gewist").wait_for()
        assert kept() == ("up", None)
        visit.assert_clean()

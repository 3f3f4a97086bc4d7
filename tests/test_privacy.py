"""The privacy page says what the settings make true, in both languages."""

import pytest

from app.records import Records
from tests.test_observing import running
from tests.test_records import question


def page(letter_index, state_dir, **given):
    with running(letter_index, state_dir, **given) as client:
        response = client.get("/privacy")
    assert response.status_code == 200
    dutch, english = response.text.split('<div lang="en" id="english">')
    return dutch, english


def test_by_default_no_question_is_kept_and_nothing_leaves_the_server(letter_index, tmp_path):
    dutch, english = page(letter_index, tmp_path)
    assert "Wij bewaren de tekst van uw vraag niet." in dutch
    assert "We do not keep the text of your question." in english
    assert "365 dagen" in dutch
    assert "365 days" in english
    assert "gaat niet naar een taalmodel" in dutch
    assert "onder f" in dutch
    assert "Vroeger" not in dutch
    assert "Uw IP-adres." not in dutch
    assert "Toegang" not in dutch


@pytest.mark.parametrize(
    ("given", "dutch_says", "english_says"),
    [
        ({"log_questions": True, "question_retention_days": 14}, "Na 14 dagen wordt dit gewist", "erased after 14 days"),
        ({"log_questions": True, "question_retention_days": 1}, "Na 1 dag wordt", "erased after 1 day."),
        ({"feedback_retention_days": 30}, "Na 30 dagen", "after 30 days"),
        ({"privacy_ground": "public_task"}, "onder e", "6(1)(e)"),
        ({"privacy_ground": "consent"}, "onder a", "6(1)(a)"),
        ({"privacy_controller": "Stichting <Voorbeeld>"}, "Stichting &lt;Voorbeeld&gt;", "Stichting &lt;Voorbeeld&gt;"),
        ({"address_per_minute": 60}, "Het adres wordt niet opgeslagen", "The address is not stored"),
        ({"access": "keys"}, "wanneer die het laatst is gebruikt", "when it was last used"),
        ({"access": "keys"}, "opent 8 uur lang de bron", "opens the source for 8 hours"),
        ({"access": "keys", "link_hours": 1}, "opent 1 uur lang", "for 1 hour,"),
        ({"privacy_contact": "privacy@example.org"}, "privacy@example.org", "privacy@example.org"),
        ({"llm": "openai:x", "llm_url": "https://llm.example/v1"}, "<strong>llm.example</strong>", "<strong>llm.example</strong>"),
    ],
)  # fmt: skip
def test_each_setting_is_told(letter_index, tmp_path, given, dutch_says, english_says):
    dutch, english = page(letter_index, tmp_path, **given)
    assert dutch_says in dutch
    assert english_says in english


def test_what_is_off_is_not_told(letter_index, tmp_path):
    dutch, english = page(letter_index, tmp_path, feedback=False, metrics=False)
    assert "oordeel" not in dutch
    assert "verdict" not in english
    assert "Tellingen" not in dutch


def test_questions_that_were_kept_before_are_told_of(letter_index, tmp_path):
    import time

    Records(tmp_path).keep_questions([question(1, at=time.time())])
    dutch, english = page(letter_index, tmp_path, question_retention_days=21)
    assert "Vroeger deden wij dat wel. Wat er nog is, wordt gewist als het 21 dagen oud is." in dutch
    assert "Formerly we did" in english


def test_the_front_page_leads_there(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        assert 'href="/privacy"' in client.get("/").text

"""Web pages: the main text, and what is no content."""

import pytest

from app.errors import DocumentError
from ingest.parsing import parse
from ingest.parsing.html import read_html
from ingest.parsing.walls import unusable

BODY = """
<p>De Afdeling advisering van de Raad van State heeft een advies uitgebracht over de uitvoering van het pact. Het advies gaat
over de grensprocedure en over de <a href="/wet">uitvoeringswet</a> die daarbij hoort.</p>
<h2>Grensprocedure</h2>
<p>De grensprocedure vraagt om voldoende plekken en om rechtsbijstand op tijd, zegt de Afdeling. Zonder die twee loopt de
procedure vast, en dan wordt niemand sneller geholpen dan nu het geval is.</p>
<ul><li>Voldoende plekken aan de grens</li><li>Rechtsbijstand vanaf de eerste dag</li></ul>
<table><tr><th>Land</th><th>Percentage</th></tr><tr><td>Bulgarije</td><td>14%</td></tr></table>
"""
PAGE = f"""<!doctype html><html lang="nl"><head><title>Advies over het pact</title></head><body>
<nav><a href="/">Home</a> <a href="/nieuws">Nieuws</a></nav><main><article><h1>Advies over het pact</h1>{BODY}</article></main>
<footer>Privacy en cookies</footer></body></html>"""


def texts(parsed, kind):
    return [parsed.text[b.start : b.end] for b in parsed.blocks if b.kind == kind]


def test_the_main_text_is_read_with_its_structure():
    parsed = read_html(PAGE.encode(), "advies.html", "https://www.raadvanstate.nl/advies")
    assert "Grensprocedure" in texts(parsed, "heading")
    assert "Voldoende plekken aan de grens" in texts(parsed, "list_item")
    assert "Land: Bulgarije; Percentage: 14%" in parsed.text
    assert "rechtsbijstand op tijd, zegt de Afdeling" in parsed.text
    assert "Privacy en cookies" not in parsed.text
    assert parsed.title == "Advies over het pact"


def test_a_link_keeps_its_words_and_becomes_absolute():
    parsed = read_html(PAGE.encode(), "advies.html", "https://www.raadvanstate.nl/advies")
    link = next(link for link in parsed.links if link.text == "uitvoeringswet")
    assert link.url == "https://www.raadvanstate.nl/wet"
    assert parsed.text[link.start : link.end] == "uitvoeringswet"


@pytest.mark.parametrize(
    "page",
    [b"<html><body></body></html>", b"\x00\x01\x02", b"<html><script>var a = 1;</script></html>", b"<<<<>>>>" * 50],
)
def test_a_page_without_text_is_an_error_that_names_it(page):
    with pytest.raises(DocumentError, match=r"leeg\.html"):
        parse(page, "leeg.html")


def test_a_pdf_named_html_is_named():
    with pytest.raises(DocumentError, match="another kind"):
        parse(b"%PDF-1.7 ...", "advies.html")


def test_a_deeply_nested_page_does_not_overflow():
    page = "<div>" * 3000 + BODY + "</div>" * 3000
    try:
        text = parse(page.encode(), "diep.html").text
    except DocumentError:
        return
    assert "grensprocedure" in text


SHELL = "<html><head><title>{}</title></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("page", "text", "said"),
    [
        (SHELL.format("Pagina niet gevonden", "Oeps"), "Oeps", "foutpagina"),
        (
            SHELL.format("Opinie", "<p>Het verdrag.</p><div>Al abonnee? Log in om verder te lezen</div>"),
            "Het verdrag. " * 20,
            "betaalmuur",
        ),
        (SHELL.format("Krant", "Wij vragen toestemming: cookies accepteren"), "", "toestemmingsvraag"),
        (SHELL.format("App", '<div id="root"></div><script src="/app.js"></script>'), "", "JavaScript"),
        (SHELL.format("Leeg", ""), "", "leeg"),
        (SHELL.format("404 - Not Found", "Sorry"), "Sorry", "foutpagina"),
        (SHELL.format("Just a moment...", ""), "Enable JavaScript and cookies to continue", "browser"),
        (SHELL.format("DPG Media privacy gate", ""), "Wij vragen uw toestemming. " * 15, "toestemmingsvraag"),
    ],
)
def test_what_is_no_content_is_said_to_be_so(page, text, said):
    assert said in unusable(page, text)


def test_a_real_page_is_usable_though_it_names_cookies():
    assert unusable(PAGE, "De grensprocedure vraagt om voldoende plekken en om rechtsbijstand. " * 30) is None


def test_a_short_article_about_a_number_is_no_error_page():
    page = SHELL.format("404 gemeenten vangen asielzoekers op", "<p>Dat is meer dan vorig jaar.</p>")
    assert unusable(page, "Dat is meer dan vorig jaar. " * 10) is None

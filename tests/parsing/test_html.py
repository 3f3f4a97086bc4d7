"""Web pages: the main text, and what is no content."""

import pytest

from app.errors import DocumentError
from ingest.parsing import parse
from ingest.parsing.html import decode_page, read_html
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


WORDS = "De opvang van asielzoekers vraagt om ruimte en om tijd, en beide zijn er te weinig in dit land. " * 3


def page(inner, head=""):
    return f"<!doctype html><html lang='nl-NL'><head><title>Opvang | Ministerie</title>{head}</head><body>{inner}</body></html>"


def read(inner, head="", url="https://www.example.org/a/b.html"):
    return read_html(page(inner, head).encode(), "pagina.html", url)


def test_a_term_stands_with_what_is_said_of_it_and_a_summary_heads_its_details():
    parsed = read(
        f"<main><h1>Vragen</h1><p>{WORDS}</p><dl><dt>Statushouder</dt><dd>Iemand met een vergunning.</dd></dl>"
        "<details><summary>Wie beslist?</summary><p>De IND beslist.</p></details></main>"
    )
    assert texts(parsed, "list_item") == ["Statushouder: Iemand met een vergunning."]
    assert texts(parsed, "heading") == ["Vragen", "Wie beslist?"]
    assert texts(parsed, "paragraph")[-1] == "De IND beslist."


def test_tables_keep_their_header_over_spans_and_inside_other_tables():
    parsed = read(
        f"<main><h1>Cijfers</h1><p>{WORDS}</p><table><tr><th rowspan=2>Regio</th><th colspan=2>Plekken</th></tr>"
        "<tr><th>Regulier</th><th>Nood</th></tr><tr><td>Noord</td><td>100</td><td>20</td></tr></table>"
        "<table><tr><td><p>Kader met tekst.</p></td><td><table><tr><th>Jaar</th><th>Aantal</th></tr>"
        "<tr><td>2024</td><td>9</td></tr></table></td></tr></table></main>"
    )
    assert texts(parsed, "table_row") == [
        "Regio: Noord; Plekken Regulier: 100; Plekken Nood: 20",
        "Jaar: 2024; Aantal: 9",
    ]
    assert "Kader met tekst." in texts(parsed, "paragraph")


def test_links_are_completed_by_the_pages_own_base_and_places_on_the_page_are_none():
    parsed = read(
        f'<main><p>{WORDS} Lees <a href="stuk.html">het stuk</a> of <a href="#noot">de noot</a>.</p></main>',
        '<base href="https://cdn.example.org/pub/">',
    )
    assert [(link.text, link.url) for link in parsed.links] == [("het stuk", "https://cdn.example.org/pub/stuk.html")]


def test_a_notes_number_is_no_word_and_the_note_stands_apart():
    parsed = read(
        f'<main><p>{WORDS}Dat is zo.<sup><a href="#fn1">1</a></sup> En nu verder.</p>'
        '<section class="footnotes"><ol><li id="fn1">Kamerstukken II, nr. 12. <a href="#ref1">↩</a></li></ol></section></main>'
    )
    assert texts(parsed, "paragraph")[-1].endswith("Dat is zo. En nu verder.")
    assert texts(parsed, "footnote") == ["Kamerstukken II, nr. 12."]


def test_what_surrounds_the_text_is_left_out():
    parsed = read(
        '<div class="cookie-bar"><p>Deze site gebruikt cookies.</p></div><div class="breadcrumb">Home Nieuws</div>'
        f'<div class="content"><h1>Opvang</h1><p>{WORDS}</p><p>{WORDS}</p><p style="display: none">Verborgen.</p></div>'
        '<div id="comments"><h3>2 reacties</h3><p>Wat een onzin is dit toch weer, zeg.</p></div>'
        '<ul><li><a href="/1">Eerst</a></li><li><a href="/2">Dan</a></li><li><a href="/3">Later</a></li><li><a href="/4">Nooit</a></li></ul>'
    )
    assert parsed.text == "\n\n".join(["Opvang", WORDS.strip(), WORDS.strip()])


@pytest.mark.parametrize(
    ("head", "inner", "date"),
    [
        ('<meta property="article:published_time" content="2025-03-04T10:00:00Z">', "", "2025-03-04"),
        ('<meta name="DCTERMS.issued" content="2025-06">', "", "2025-06"),
        ('<script type="application/ld+json">{"@graph": [{"datePublished": "2025-07-01"}]}</script>', "", "2025-07-01"),
        ("", '<time datetime="2024-02-03">3 februari</time>', "2024-02-03"),
        ("", "<p>In 2022 kwamen er meer mensen dan in 2023, volgens Kamerstukken II 2024/25.</p>", None),
        ('<meta name="date" content="2025-13-45">', "", None),
    ],
)
def test_a_date_is_the_pages_own_and_never_guessed(head, inner, date):
    assert read(f"<main><p>{WORDS}</p>{inner}</main>", head).date == date


def test_a_title_is_the_one_heading_or_the_heads_without_the_sites_name():
    assert read(f"<main><h1>Eén kop</h1><p>{WORDS}</p></main>").title == "Eén kop"
    assert read(f"<main><p>{WORDS}</p></main>").title == "Opvang"
    assert read(f"<main><p>{WORDS}</p></main>").language == "nl"


@pytest.mark.parametrize(
    ("data", "stated"),
    [
        ("één".encode("cp1252"), None),
        ("één".encode("cp1252"), "text/html; charset=utf-8"),
        ("één".encode("cp1252"), "text/html; charset=bestaat-niet"),
        ("één".encode(), "text/html; charset=iso-8859-1"),
        ("één".encode("utf-16"), "text/html; charset=utf-8"),
        (b"\xef\xbb\xbf" + "één".encode(), None),
    ],
)
def test_the_character_set_is_told_though_it_is_stated_wrongly(data, stated):
    assert decode_page(data, stated) == "één"


def test_what_is_nested_deeper_than_any_page_is_read_or_refused():
    data = ("<div>" * 230 + f"<p>{WORDS}</p>" + "</div>" * 230).encode()
    assert "opvang van asielzoekers" in read_html(data, "diep.html").text


@pytest.mark.parametrize(
    "mess", ["<script" * 300_000, "<title" * 300_000, "<" * 1_000_000, "<script>" + "<" * 1_000_000]
)
def test_a_page_made_to_be_slow_is_judged_in_one_pass(mess):
    assert unusable(mess, "") is not None


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (SHELL.format("Steun ons", "<a>Word lid</a><p>cookie-instellingen</p>"), "Wij vangen mensen op. " * 15),
        (SHELL.format("Nota", "<script></script><p>Minister Jansen stuurt de nota over opvang aan de Kamer.</p>"), "Minister Jansen stuurt de nota over opvang aan de Kamer."),
        (SHELL.format("Het draagvlak bestaat niet meer", ""), "Dat zegt de burgemeester. " * 10),
    ],
    ids=["an invitation to join", "one sentence and a script", "a title that denies something"],
)  # fmt: skip
def test_a_short_page_is_content_all_the_same(html, text):
    assert unusable(html, text) is None


def test_where_a_consent_wall_stands_is_told_by_its_address():
    said = unusable(
        SHELL.format("Even geduld", "<p>Uw keuze</p>"), "Uw keuze", "https://myprivacy.example.nl/consent?x"
    )
    assert "toestemmingsvraag" in said


def test_entities_that_a_page_makes_are_neither_multiplied_nor_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim van de machine", encoding="utf-8")
    entities = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(8))
    bomb = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY z SYSTEM "{secret.as_uri()}">{entities}]>'
    page = PAGE.replace("<!doctype html>", bomb).replace("<h2>", "<p>&i; en &z; horen er niet bij.</p><h2>")
    text = parse(page.encode(), "advies.html").text
    assert "Grensprocedure" in text
    assert "geheim" not in text
    assert len(text) < 2 * len(PAGE)

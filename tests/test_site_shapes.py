"""The shapes of the sites that letters link to, rebuilt on a local server, from the address to what is cited."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.embedding import load_embedder
from app.main import create_app
from app.settings import Settings
from ingest.fetching import Fetcher, Limits
from ingest.parsing import parse
from ingest.pipeline import ingest_corpus, refresh_corpus
from ingest.proposing import add_source, links_of
from ingest.sources import load_corpus
from tests.parsing.test_pdf import LEFT, RIGHT, paragraph, pdf
from tests.sites import Reply, site

ROOT = Path(__file__).parent.parent
QUICK = Limits(tries=1, connect_s=1, read_s=5, total_s=10, backoff_s=0, pause_s=0)
COOKIES = (
    '<div id="cookie-bar" role="dialog"><p>Deze site gebruikt cookies.</p><button>Cookies accepteren</button></div>'
)
PROSE = "<p>De opvang van asielzoekers vraagt om ruimte en om tijd, en beide zijn er te weinig in dit land. Gemeenten willen weten waar zij aan toe zijn voordat zij een gebouw kopen.</p>"


def government_page():
    return f"""<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Kamerbrief over opvang | Kamerstuk | Overheid</title>
<meta name="DCTERMS.issued" content="2025-06-25"></head><body>{COOKIES}<header><a href="/">Home</a></header>
<nav class="breadcrumb"><a href="/">Home</a> <a href="/documenten">Documenten</a></nav><main id="content">
<h1>Kamerbrief over opvang</h1><p>De minister informeert de Kamer over de opvang.</p>
<div class="download"><h2>Download</h2><a href="/binaries/kamerbrief.pdf">Kamerbrief over opvang (PDF, 300 kB)</a></div>
<ul><li><a href="/binaries/nota.docx">Beslisnota</a></li></ul></main>
<footer><a href="/privacy">Privacy</a></footer><script src="/a.js"></script></body></html>""".encode()


def news_page(locked=True):
    wall = '<div class="paywall"><h2>Al abonnee?</h2><p>Log in om verder te lezen.</p></div>' if locked else PROSE * 8
    return f"""<html lang="nl"><head><title>Draagvlak voor opvang groeit | De Krant</title>
<script type="application/ld+json">{{"@type": "NewsArticle", "isAccessibleForFree": {json.dumps(not locked)}}}</script></head>
<body><main><article><h1>Draagvlak voor opvang groeit</h1>{PROSE}{wall}</article></main></body></html>""".encode()


def drupal_page():
    return b"""<html lang="nl"><head><title>Cijfers in beeld | Instituut</title></head><body class="node-type-page"><div id="page">
<div id="content"><div class="node"><h1>Cijfers in beeld</h1><div class="field-name-body"><p>Bekijk de infographic met de cijfers van 2024.</p>
</div><div class="field-name-upload"><span class="file"><a href="/sites/default/files/infographic.pdf" type="application/pdf">infographic.pdf</a></span>
</div></div></div></div><script>jQuery.extend(Drupal.settings, {});</script></body></html>"""


def advisory_page():
    return f"""<html lang="nl"><head><title>Advies over het pact - Adviesraad</title></head><body><main><h1>Advies over het pact</h1>
<time datetime="2025-02-03">3 februari 2025</time>{PROSE}<p><a class="btn" href="/advies/volledig">Lees het hele advies</a></p></main></body></html>""".encode()


def blog_page():
    return f"""<html lang="nl"><head><title>Waarom opvang faalt - Blog</title><meta property="article:published_time" content="2025-03-04T10:00:00Z">
</head><body><div class="site"><div class="post"><h2 class="entry-title">Waarom opvang faalt</h2><div class="entry-content">{PROSE}
<blockquote><p>De minister zei dat het goed komt.</p></blockquote>{PROSE}</div></div><div id="comments"><p>Wat een onzin is dit toch weer, zeg.</p></div>
<aside>Recente berichten</aside></div></body></html>""".encode()


def long_pdf():
    pages = [
        [(70, 40, 8, "Adviesraad | Advies over het pact"), *paragraph(f"Punt {number} van dit advies. {LEFT}{RIGHT}", 70, 110), (290, 810, 8, str(number))]
        for number in range(1, 31)
    ]  # fmt: skip
    return pdf([(70, 200, 24, "Advies over het pact")], *pages)


PATHS = {
    "kamerbrief": "/documenten/kamerstukken/2025/06/25/kamerbrief",
    "krant": "/nieuws/draagvlak~a1b2",
    "cijfers": "/cijfers-in-beeld",
    "advies": "/adviezen/pact",
    "blog": "/2025/03/04/waarom-opvang-faalt",
}


@pytest.fixture
def web():
    with site() as server:
        server.pages |= {
            PATHS["kamerbrief"]: Reply(government_page()),
            "/binaries/kamerbrief.pdf": Reply(pdf(paragraph(LEFT, 70, 100)), type="application/pdf"),
            PATHS["krant"]: Reply(news_page()),
            PATHS["cijfers"]: Reply(drupal_page()),
            "/sites/default/files/infographic.pdf": Reply(pdf(paragraph(RIGHT, 70, 100)), type="application/pdf"),
            PATHS["advies"]: Reply(advisory_page()),
            "/advies/volledig": Reply(status=302, headers={"Location": "/files/advies.pdf"}),
            "/files/advies.pdf": Reply(long_pdf(), type="application/octet-stream"),
            PATHS["blog"]: Reply(blog_page()),
        }
        yield server


@pytest.fixture
def corpus(make_corpus, web):
    entries = '[[speaker]]\nid = "vwn"\nname = "VWN"\nowner = true\n\n'
    for ident, path in PATHS.items():
        entries += f'[[source]]\nid = "{ident}"\ntitle = "{ident}"\nlanguage = "nl"\nurl = "{web.url}{path}"\npath = "{ident}.txt"\n\n'
    return make_corpus({}, entries)


def brought_up_to_date(corpus, index, embedder):
    refresh_corpus(corpus, index, allow_hosts=["127.0.0.1"], limits=QUICK)
    return {state.id: state for state in ingest_corpus(corpus, index, embedder, strict=False).states}


def test_each_shape_is_content_or_is_said_to_be_a_wall(corpus, tmp_path, embedder):
    states = brought_up_to_date(corpus, tmp_path / "index", embedder)
    assert {ident: state.state for ident, state in states.items()} == {
        "kamerbrief": "ok", "krant": "blocked", "cijfers": "ok", "advies": "ok", "blog": "ok",
    }  # fmt: skip
    assert "betaalmuur" in states["krant"].reason


def test_a_wall_is_stood_in_for_by_a_file_and_the_service_says_so(corpus, tmp_path):
    (corpus / "krant.txt").write_text("Het draagvlak voor opvang groeit, zo staat in de krant.", encoding="utf-8")
    index = tmp_path / "index"
    brought_up_to_date(corpus, index, load_embedder())
    with TestClient(create_app(Settings(index_dir=index, corpus_dir=corpus)), base_url="http://127.0.0.1") as client:
        shown = {source["id"]: source for source in client.get("/v1/sources").json()["sources"]}
    assert shown["krant"]["state"] == "stands_in"
    assert shown["blog"]["fetched_at"]
    assert shown["blog"]["passages"] > 0


def test_a_redirect_to_a_question_for_consent_is_no_content(corpus, tmp_path, embedder, web):
    web.pages[PATHS["krant"]] = Reply(status=302, headers={"Location": "/consent?callback=krant"})
    web.pages["/consent?callback=krant"] = Reply(
        b"<html><head><title>Privacy gate</title></head><body><div><h1>Welkom</h1><p>Wij en onze partners bewaren gegevens.</p></div></body></html>"
    )
    assert "toestemmingsvraag" in brought_up_to_date(corpus, tmp_path / "index", embedder)["krant"].reason


def test_when_the_wall_is_gone_the_article_is_read(corpus, tmp_path, embedder, web):
    web.pages[PATHS["krant"]] = Reply(news_page(locked=False))
    assert brought_up_to_date(corpus, tmp_path / "index", embedder)["krant"].state == "ok"


def added(corpus, web, path):
    with Fetcher(allow_hosts=["127.0.0.1"], limits=QUICK) as fetcher:
        return add_source(corpus, web.url + path, fetcher)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/files/advies.pdf", ["Advies over het pact", 'language = "nl"']),
        ("/binaries/kamerbrief.pdf", ['language = "nl"']),
    ],
)
def test_a_document_behind_a_page_can_be_added(corpus, web, path, said):
    entry = added(corpus, web, path)
    assert all(part in entry for part in said), entry


def test_a_page_is_added_with_its_title_date_and_language(make_corpus, web):
    entry = added(make_corpus({}, ""), web, PATHS["kamerbrief"])
    assert 'title = "Kamerbrief over opvang"' in entry
    assert 'date = "2025-06-25"' in entry
    assert 'language = "nl"' in entry


@pytest.mark.parametrize(
    ("ident", "target"),
    [
        ("kamerbrief", "/binaries/kamerbrief.pdf"),
        ("kamerbrief", "/binaries/nota.docx"),
        ("cijfers", "/sites/default/files/infographic.pdf"),
        ("advies", "/advies/volledig"),
    ],
)
def test_what_a_page_offers_is_proposed_and_not_fetched(corpus, tmp_path, embedder, web, ident, target):
    from app.index import open_current

    brought_up_to_date(corpus, tmp_path / "index", embedder)
    opened = open_current(tmp_path / "index")
    document = opened.catalogue.document(ident)
    opened.close()
    assert any(f'url = "{web.url}{target}"' in entry for entry in links_of(load_corpus(corpus), document.links, ident))
    assert target not in web.paths()


def test_a_long_advice_is_read_without_its_running_header(web):
    parsed = parse(long_pdf(), "advies.pdf")
    assert "Adviesraad | Advies" not in parsed.text
    assert all(f"Punt {number} van dit advies." in parsed.text for number in range(1, 31))


def test_a_blog_is_read_without_what_readers_wrote_below_it():
    text = parse(blog_page(), "blog.html").text
    assert "De minister zei dat het goed komt." in text
    assert "onzin" not in text


def test_the_command_line_shows_each_state_and_why(corpus, tmp_path, embedder):
    index = tmp_path / "index"
    brought_up_to_date(corpus, index, embedder)
    (corpus / "blog.txt").write_bytes(b"\xfd geen tekst")
    (corpus / "krant.txt").write_text("Het draagvlak voor opvang groeit, zo staat in de krant.", encoding="utf-8")
    environment = {**os.environ, "BRIEFWIJZER_FETCH_ALLOW_HOSTS": '["127.0.0.1"]'}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "ingest", "--corpus", str(corpus), "--index", str(tmp_path / "other")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=environment,
    )  # fmt: skip
    assert "blog: failed: blog.txt: not UTF-8" in done.stderr
    assert "Index " in done.stderr

"""The pages, over the real application: what they say, in which language, and the viewer without any script."""

import re
from html import unescape

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from app.main import create_app
from app.pages.viewing import view_of
from app.pages.wording import readable_date
from app.passages import Block, Document, Link
from app.settings import Settings
from app.web import example_questions, takes_feedback
from ingest.pipeline import ingest_corpus, refresh_corpus
from tests.conftest import SOURCES
from tests.sites import Reply, article, site


@pytest.fixture(scope="module")
def client(letter_index):
    with TestClient(create_app(Settings(index_dir=letter_index)), base_url="http://127.0.0.1:8000") as client:
        yield client


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_the_front_page_says_what_it_can_and_cannot_and_lists_every_source(client):
    page = client.get("/").text
    assert '<html lang="nl">' in page
    assert '<briefwijzer-chat class="chat" mode="inline" lang="nl"' in page
    shown = text_of(page)
    for source in client.get("/v1/sources").json()["sources"]:
        assert source["title"] in shown
    assert "1 van 8 bronnen gelezen" in shown
    assert shown.count("Nog niet opgehaald") == 7
    assert "Wat Briefwijzer niet doet" in shown
    assert "taalmodel" not in shown


def test_the_front_page_speaks_english_too(client):
    page = client.get("/?lang=en").text
    assert '<html lang="en">' in page
    assert 'lang="nl" hreflang="nl">Nederlands' in page
    assert "1 of 8 sources read" in text_of(page)
    assert client.get("/?lang=fr").status_code == 422


def test_pages_load_the_script_under_its_digest(client):
    address = re.search(r'src="(/widget\.js\?v=[0-9a-f]{16})"', client.get("/").text).group(1)
    assert "immutable" in client.get(address).headers["cache-control"]
    assert address in client.get("/embed").text


def test_the_page_for_a_frame_takes_language_and_theme(client):
    page = client.get("/embed?lang=en&theme=dark").text
    assert 'lang="en" heading="Ask your question" theme="dark"' in page
    assert client.get("/embed?theme=%22%3E").status_code == 422


def test_every_script_of_a_page_is_served_as_one(client):
    for path, number in (("/", 1), ("/embed", 2)):
        scripts = re.findall(r'<script src="([^"]+)"', client.get(path).text)
        assert len(scripts) == number
        for address in scripts:
            served = client.get(address)
            assert served.status_code == 200
            assert served.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_example_question_is_answered(client, language):
    about = client.get(f"/v1/widget?language={language}").json()
    assert about["speakers"]["vwn"] == "VluchtelingenWerk Nederland"
    assert about["examples"]
    for question in about["examples"]:
        answer = client.post("/v1/ask", json={"question": question}).json()
        assert answer["status"] == "answered", question
        assert answer["language"] == language, question


def test_the_widget_hears_whether_verdicts_are_kept():
    app = FastAPI()
    router = APIRouter()
    app.include_router(router)
    assert not takes_feedback(app)

    @router.post("/v1/feedback")
    def feedback() -> None: ...

    other = FastAPI()
    other.include_router(router)
    assert takes_feedback(other)


def test_a_corpus_without_examples_offers_its_headings(make_corpus, embedder, index_dir):
    from app.index import open_current

    text = "Opvang van kinderen\n\nDe opvang van kinderen moet beter.\n\nGeld voor taallessen\n\nDe gemeente krijgt vier jaar geld.\n"
    sources = SOURCES + 'headings = ["Opvang van kinderen", "Geld voor taallessen"]\n'
    ingest_corpus(make_corpus({"brief.txt": text}, sources), index_dir, embedder)
    index = open_current(index_dir)
    assert example_questions(index.catalogue, "nl") == [
        "Wat zegt VluchtelingenWerk Nederland over ‘Opvang van kinderen’?",
        "Wat zegt VluchtelingenWerk Nederland over ‘Geld voor taallessen’?",
    ]
    index.close()


def test_examples_of_the_corpus_come_first_and_a_change_of_them_is_picked_up(make_corpus, embedder, index_dir):
    from app.index import open_current

    example = '\n[[example]]\nquestion = "Wie krijgt geld?"\n'
    ingest_corpus(make_corpus(), index_dir, embedder)
    outcome = ingest_corpus(make_corpus(sources_toml=SOURCES + example), index_dir, embedder)
    assert outcome.changed
    assert outcome.embedded == 0
    index = open_current(index_dir)
    assert example_questions(index.catalogue, "nl") == ["Wie krijgt geld?"]
    assert example_questions(index.catalogue, "en") == []
    index.close()


def test_the_viewer_sets_apart_who_speaks_and_marks_the_quote(client):
    citation = client.post("/v1/ask", json={"question": "Wat wil het tussenverslag met gesloten opvang?"}).json()[
        "citations"
    ][0]
    page = client.get(citation["viewer_url"]).text
    marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL))
    assert text_of(marked) == citation["quote"]
    assert page.count('id="quote"') == 1
    other = page.split('class="other"', 1)[1]
    assert text_of(other.split("</p>", 1)[0].split(">", 1)[1]) == "Tussenverslag van de informateur"
    assert '<h2 id="b' in page
    assert "Verwijst naar:" in page
    assert "<script" not in page


def test_the_viewer_tells_of_a_place_that_is_not_there(client):
    assert "bestaat niet in dit document" in client.get("/documents/brief-2025-12?start=900000&end=900010").text
    assert "bestaat niet in dit document" in client.get("/documents/brief-2025-12?start=9&end=3").text
    assert "bestaat niet" not in client.get("/documents/brief-2025-12").text


def test_the_viewer_switches_language_and_keeps_the_place(client):
    address = "/documents/brief-2025-12?start=10&end=25&pass=1.x&lang=en"
    page = client.get(address).text
    assert '<html lang="en">' in page
    assert "Go to the quote" in page
    back = unescape(re.search(r'<a href="([^"]+)" lang="nl"', page).group(1))
    assert back.endswith("#quote")
    assert "pass=1.x" in back
    assert client.get(address.split("?")[0] + back).text.count("<mark") == 1


def test_an_earlier_revision_is_shown_and_says_so(make_corpus, bundled, tmp_path):
    corpus = make_corpus({"brief.txt": "De school opent in mei 2026."})
    ingest_corpus(corpus, tmp_path / "index", bundled)
    app = create_app(Settings(index_dir=tmp_path / "index"))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        citation = client.post("/v1/ask", json={"question": "Wanneer opent de school?"}).json()["citations"][0]
        assert "eerdere versie" not in client.get(citation["viewer_url"]).text
        (corpus / "brief.txt").write_text("De school opent in juni 2027.", encoding="utf-8")
        ingest_corpus(corpus, tmp_path / "index", bundled)
        app.state.service.refresh()
        page = client.get(citation["viewer_url"]).text
        assert "eerdere versie van dit document" in page
        assert '<a href="/documents/brief">' in page
        before, _, after = page.partition("<mark")
        assert "mei 2026" in after.split("</mark>", 1)[0]
        # The address leads past the top of the page, so it is said beside the quote too.
        assert "eerdere versie van dit document" in before.partition("<article")[2]
        unmarked = client.get(f"/documents/brief?rev={citation['rev']}").text
        assert unmarked.count("eerdere versie van dit document") == 1
        assert "an earlier version" in client.get(citation["viewer_url"].replace("#", "&lang=en#")).text


def test_a_fetched_document_leads_to_the_original_and_says_when_it_was_fetched(make_corpus, bundled, index_dir):
    sentence = "De Afdeling adviseert om de grensprocedure pas in te voeren als er voldoende plekken zijn. "
    with site() as server:
        server.pages["/a"] = Reply(article("Advies over het pact", sentence * 4))
        corpus = make_corpus(
            {"brief.txt": "De school opent in mei."},
            f'{SOURCES}\n[[source]]\nid = "advies"\ntitle = "Advies"\nlanguage = "nl"\nurl = "{server.url}/a"\n',
        )
        refresh_corpus(corpus, index_dir, allow_hosts=["127.0.0.1"])
        ingest_corpus(corpus, index_dir, bundled)
    app = create_app(Settings(index_dir=index_dir))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        [fetched] = [s["fetched_at"] for s in client.get("/v1/sources").json()["sources"] if s["id"] == "advies"]
        for query, link, said in (
            ("", "Naar het origineel", f"opgehaald op {readable_date(fetched, 'nl')}."),
            ("?lang=en", "To the original", f"retrieved on {readable_date(fetched, 'en')}."),
        ):
            page = client.get(f"/documents/advies{query}").text
            assert f'<a href="{server.url}/a" target="_blank" rel="noopener noreferrer">{link} ' in page
            assert said in text_of(page)
        never_fetched = client.get("/documents/brief").text
        assert "opgehaald op" not in never_fetched
        assert "Naar het origineel" not in never_fetched


def document(text: str, blocks: list[Block], links: tuple[Link, ...] = (), speaker: str | None = "wij") -> Document:
    return Document("d", "d", "Titel", text, tuple(blocks), links, speaker=speaker)


def test_a_mark_may_run_over_blocks_and_links():
    text = "🙂 Eerste zin.\nZie het advies hier."
    blocks = [Block("paragraph", 0, 13, speaker="wij"), Block("list_item", 14, 34, speaker="wij")]
    link = Link("het advies", "https://bron.example/a", 18, 28)
    view = view_of(document(text, blocks, (link,)), {"wij": "Wij"}, 2, 23)
    first, second = (run.blocks[0].parts for run in view.runs)
    assert [(part.text, part.marked, part.first) for part in first] == [
        ("🙂 ", False, False),
        ("Eerste zin.", True, True),
    ]
    assert [(part.text, part.marked, part.url is not None) for part in second] == [
        ("Zie ", True, False), ("het a", True, True), ("dvies", False, True), (" hier.", False, False),
    ]  # fmt: skip
    assert not any(part.first for part in second)
    assert [run.kind for run in view.runs] == ["paragraph", "list_item"]


def test_a_link_whose_words_do_not_stand_in_the_text_is_named_below_its_block():
    text = "Een alinea.\nNog een alinea."
    blocks = [Block("paragraph", 0, 11, speaker="wij"), Block("paragraph", 12, 27, speaker="wij")]
    link = Link("een advies", "https://bron.example/a", 3, 20)
    view = view_of(document(text, blocks, (link,)), {}, None, None)
    shown = [block for run in view.runs for block in run.blocks]
    assert [block.references for block in shown] == [(), (link,)]
    assert all(part.url is None for block in shown for part in block.parts)


def test_pages_and_speakers_are_said_where_they_change():
    blocks = [
        Block("heading", 0, 3, level=1, speaker="wij", page=1),
        Block("paragraph", 4, 7, speaker="ander", page=1),
        Block("paragraph", 8, 11, speaker=None, page=2),
    ]
    view = view_of(document("aaa\nbbb\nccc", blocks), {"wij": "Wij", "ander": "Ander"}, None, None)
    shown = [block for run in view.runs for block in run.blocks]
    assert [block.page for block in shown] == [1, None, 2]
    assert [block.is_other for block in shown] == [False, True, True]
    assert [block.voice for block in shown] == [0, 1, -1]
    assert shown[0].tag == "h2"
    assert view.others == ("ander", None)


def test_hostile_titles_and_addresses_stay_text(make_corpus, embedder, index_dir, bundled):
    sources = SOURCES.replace("Een brief", "<script>alert(1)</script>").replace(
        'language = "nl"', 'language = "nl"\nurl = "https://x.example/\\"><img>"'
    )
    ingest_corpus(
        make_corpus({"brief.txt": "<img src=x onerror=alert(1)> De school opent in mei."}, sources), index_dir, bundled
    )
    with TestClient(create_app(Settings(index_dir=index_dir)), base_url="http://127.0.0.1") as client:
        for path in ("/", "/documents/brief"):
            page = client.get(path).text
            assert "<script>alert" not in page
            assert "<img" not in page


@pytest.mark.parametrize(
    ("date", "language", "written"),
    [
        ("2025", "nl", "2025"), ("2025-12", "nl", "december 2025"), ("2025-12-02", "nl", "2 december 2025"),
        ("2026-03-05T10:00:00+00:00", "en", "5 March 2026"), (None, "nl", ""), ("vorig jaar", "nl", "vorig jaar"), ("2025-13", "nl", "2025-13"),
    ],
)  # fmt: skip
def test_dates_are_written_as_precisely_as_they_are_known(date, language, written):
    assert readable_date(date, language) == written

import pytest

from app.errors import CorpusError
from app.passages import Link
from ingest.fetching import Fetcher, FetchError, Limits
from ingest.proposing import add_source, links_of, title_of_address
from ingest.sources import load_corpus
from tests.sites import Reply, article, site

QUICK = Limits(tries=1, connect_s=1, read_s=1, pause_s=0)
LONG = "De Afdeling adviseert om de grensprocedure pas in te voeren als er voldoende plekken zijn. " * 4


@pytest.fixture
def fetcher():
    with Fetcher(allow_hosts=["127.0.0.1"], limits=QUICK) as fetcher:
        yield fetcher


def test_an_address_becomes_an_entry_with_title_and_language(make_corpus, fetcher):
    corpus = make_corpus()
    before = (corpus / "sources.toml").read_text(encoding="utf-8")
    with site() as web:
        web.pages["/advies"] = Reply(article('Advies over "het pact"', LONG))
        add_source(corpus, web.url + "/advies", fetcher)
        added = load_corpus(corpus).sources[-1]
        assert (added.id, added.title, added.language) == ("advies-over-het-pact", 'Advies over "het pact"', "nl")
        assert added.url == web.url + "/advies"
        with pytest.raises(CorpusError, match="already"):
            add_source(corpus, web.url + "/advies", fetcher)
    assert (corpus / "sources.toml").read_text(encoding="utf-8").startswith(before), "what stood there stays"


def test_a_file_of_the_corpus_becomes_an_entry(make_corpus, fetcher):
    corpus = make_corpus(
        {"brief.txt": "Wij schrijven.", "nota.md": "# Nota over opvang\n\nDe opvang is vol en dat blijft zo."}
    )
    add_source(corpus, "nota.md", fetcher)
    added = load_corpus(corpus).sources[-1]
    assert (added.id, added.path) == ("nota-over-opvang", "nota.md")


@pytest.mark.parametrize(
    ("target", "said"), [("../x.txt", "inside"), ("niets.txt", "no such file"), ("brief.txt", "already")]
)
def test_what_cannot_be_added_changes_nothing(make_corpus, fetcher, target, said):
    corpus = make_corpus()
    before = (corpus / "sources.toml").read_bytes()
    with pytest.raises(CorpusError, match=said):
        add_source(corpus, target, fetcher)
    assert (corpus / "sources.toml").read_bytes() == before


def test_an_address_that_cannot_be_fetched_is_not_added(make_corpus, fetcher):
    corpus = make_corpus()
    before = (corpus / "sources.toml").read_bytes()
    with site() as web, pytest.raises(FetchError, match="404"):
        add_source(corpus, web.url + "/weg", fetcher)
    assert (corpus / "sources.toml").read_bytes() == before


def test_the_links_of_a_document_are_proposed_and_not_fetched(make_corpus):
    corpus = load_corpus(make_corpus())
    url = "https://www.kabinetsformatie2025.nl/documenten/2025/12/02/tussenverslag"
    links = [Link("tussenverslag", url, 0, 1), Link("weer", url, 2, 3)]
    [entry] = links_of(corpus, links, "brief")
    assert 'id = "tussenverslag"' in entry
    assert 'date = "2025-12-02"' in entry
    assert 'linked_from = "brief"' in entry


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://example.org/nieuws/advies-asiel-en-migratiepact-2026/", "Advies asiel en migratiepact 2026"),
        ("https://example.org/a/Infographic%20-%20De%20wijzigingen.pdf", "Infographic   De wijzigingen"),
        ("https://example.org", "example.org"),
    ],
)
def test_a_title_is_read_from_an_address(url, title):
    assert title_of_address(url).casefold().split() == title.casefold().split()

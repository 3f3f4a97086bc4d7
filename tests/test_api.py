"""The HTTP contract, over the real application."""

import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.index import open_current
from app.main import create_app
from app.settings import Settings
from ingest.pipeline import ingest_corpus
from tests.chat_server import chat_server

QUESTION = "Wat zegt VWN over de Terugkeerverordening?"
GOLD = "zelfstandige, en daarmee veel goedkopere en duurzame terugkeer"


@pytest.fixture(scope="module")
def client(letter_index):
    app = create_app(Settings(index_dir=letter_index))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def ask(client, question, **more):
    response = client.post("/v1/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    return response.json()


def assert_sound(client, answer):
    numbered = {citation["number"]: citation for citation in answer["citations"]}
    for citation in answer["citations"]:
        document = client.get(f"/v1/documents/{citation['document_id']}", params={"rev": citation["rev"]}).json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["viewer_url"].startswith(f"/documents/{citation['document_id']}?rev={citation['rev']}")
    for statement in answer["statements"]:
        assert statement["citations"]
        assert {numbered[number]["speaker"] for number in statement["citations"]} == {statement["speaker"]}
        assert all(f"[{number}]" in answer["answer"] for number in statement["citations"])
    assert (answer["status"] == "not_found") == (not answer["statements"])


@pytest.mark.parametrize("question", [QUESTION, "What does VWN say about the Return Regulation?"])
def test_the_letters_first_question_cites_independent_return_first(client, question):
    answer = ask(client, question)
    assert_sound(client, answer)
    assert GOLD in answer["citations"][0]["quote"]
    assert answer["citations"][0]["speaker"] == "vwn"
    assert answer["status"] == "answered"
    assert answer["mode"] == "extractive"
    assert answer["language"] == ("nl" if question == QUESTION else "en")


def test_what_the_letter_repeats_stands_under_the_name_of_who_said_it(client):
    answer = ask(client, "Wat wil het tussenverslag met gesloten opvang?")
    assert_sound(client, answer)
    assert answer["statements"][0]["speaker"] == "tussenverslag"
    assert answer["statements"][0]["text"].startswith("Gesloten opvang voor asielzoekers conform het EU Pact.")


def test_what_the_sources_do_not_say_is_not_found(client):
    answer = ask(client, "Wat vindt VWN van kernenergie?")
    assert (answer["status"], answer["statements"], answer["citations"]) == ("not_found", [], [])


def test_another_country_is_not_answered(client):
    answer = ask(client, "Hoe hoog was het erkenningspercentage in Griekenland?")
    assert answer["status"] != "answered"
    if answer["status"] == "partial":
        assert answer["notice"] == "Over Griekenland staat er niets in de bronnen; over Bulgarije wel:"


def test_the_history_carries_the_topic(client):
    history = [{"question": "Wat was het erkenningspercentage in Bulgarije in 2024?", "answer": "14%"}]
    answer = ask(client, "en in 2023?", history=history)
    assert "in 2023 0% bedroeg" in answer["citations"][0]["quote"]
    assert "Bulgarije" in answer["understood"]


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Wat vindt VWN van de Spreidingswet?", "Wat vindt VWN van kernenergie?"),
        ("What does VWN think of the Dispersal Act?", "What is the king called?"),
    ],
)
def test_a_new_question_is_not_answered_by_what_came_before(client, before, question):
    answer = ask(client, question, history=[{"question": before, "answer": "…"}])
    assert (answer["status"], answer["understood"]) == ("not_found", None)


def test_why_is_answered_by_the_reason_near_the_answer_before(client):
    history = [{"question": "Wat was het erkenningspercentage in Bulgarije in 2024?", "answer": "14%"}]
    answer = ask(client, "waarom?", history=history)
    assert answer["status"] == "answered"
    assert "informele overeenkomsten" in answer["citations"][0]["quote"]


def test_a_question_about_a_link_gives_the_address(client):
    answer = ask(client, "Waar kan ik het tussenverslag lezen?")
    links = [link["url"] for citation in answer["citations"] for link in citation["links"]]
    assert "https://www.kabinetsformatie2025.nl/documenten/2025/12/02/tussenverslag" in links


def test_speakers_and_sources_leave_out_everything_else(client):
    answer = ask(client, "gesloten opvang", speakers=["tussenverslag"])
    assert {statement["speaker"] for statement in answer["statements"]} == {"tussenverslag"}
    assert ask(client, "gesloten opvang", sources=["rvs-advies-pact"])["status"] == "not_found"


def test_an_event_stream_holds_the_same_answer(client):
    headers = {"Accept": "text/event-stream"}
    with client.stream("POST", "/v1/ask", json={"question": QUESTION}, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [part.split("\n", 1) for part in response.read().decode().strip().split("\n\n")]
    names = [name.removeprefix("event: ") for name, _ in events]
    assert names[-1] == "done"
    assert "statement" in names
    whole = json.loads(events[-1][1].removeprefix("data: "))
    said = [json.loads(data.removeprefix("data: "))["statement"] for name, data in events if "statement" in name]
    assert said == whole["statements"]
    assert_sound(client, whole)


def test_what_a_written_answer_lacks_is_streamed_before_its_statements(letter_index):
    """It stands above what was found, so it may not come when that has been read."""
    said = (
        "Volgens VluchtelingenWerk is een van de aspecten van de nieuwe Terugkeerverordening de inzet op zelfstandige, en daarmee "
        "veel goedkopere en duurzame terugkeer dan gedwongen terugkeer vanuit bewaring."
    )

    def script(_messages):
        yield json.dumps({"statement": said, "sentences": [1]}, ensure_ascii=False) + "\n"

    with chat_server(script) as model:
        app = create_app(Settings(index_dir=letter_index, llm="openai:test", llm_url=model.url, llm_retries=0))
        with TestClient(app, base_url="http://127.0.0.1:8000") as writing:
            body = {"question": "Wanneer gaat de Terugkeerverordening in?"}
            text = writing.post("/v1/ask", json=body, headers={"Accept": "text/event-stream"}).text
    events = [part.split("\n", 1) for part in text.strip().split("\n\n")]
    assert [name.removeprefix("event: ") for name, _ in events] == ["notice", "statement", "done"]
    notice, statement, done = (json.loads(data.removeprefix("data: ")) for _, data in events)
    assert notice == {"text": done["notice"], "status": "partial"}
    assert "datum" in notice["text"]
    assert statement["statement"]["text"] == said


def test_search_returns_passages_as_the_contract_has_them(client):
    found = client.post("/v1/search", json={"query": "Spreidingswet", "limit": 3}).json()
    assert len(found["results"]) == 3
    fields = "passage_id document_id rev source_id record_id title section speaker text start end score".split()
    assert list(found["results"][0]) == fields
    assert [r["score"] for r in found["results"]] == sorted((r["score"] for r in found["results"]), reverse=True)


def test_sources_say_what_was_not_fetched(client):
    sources = {source["id"]: source for source in client.get("/v1/sources").json()["sources"]}
    assert sources["brief-2025-12"]["state"] == "ok"
    assert sources["rvs-advies-pact"]["state"] == "not_fetched"
    assert "briefwijzer ingest --refresh" in sources["rvs-advies-pact"]["reason"]
    page = client.get("/").text
    assert "briefwijzer ingest --refresh" in page


def test_the_glossary_is_shown(client):
    terms = {entry["term"] for entry in client.get("/v1/glossary").json()["glossary"]}
    assert "nareis" in terms


def test_the_viewer_marks_the_quote_without_script(client):
    citation = ask(client, QUESTION)["citations"][0]
    page = client.get(citation["viewer_url"]).text
    marked = page.split("<mark", 1)[1].split("</mark>", 1)[0]
    assert GOLD in marked
    assert 'id="quote"' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/documents/geen-bron", 404),
        ("/v1/documents/brief-2025-12?rev=000000000000", 404),
        ("/documents/geen-bron", 404),
        ("/v1/documents/..%2f..%2fetc%2fpasswd", 404),
        ("/documents/%2e%2e", 404),
        ("/nergens", 404),
        ("/documents/brief-2025-12?start=-1", 422),
        ("/documents/brief-2025-12?start=x", 422),
    ],
)
def test_what_is_not_there_is_a_problem_with_its_status(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"question": ""},
        {"question": "   \n"},
        {"question": "a" * 20_000},
        {"question": None},
        {"question": 1},
        {},
        {"question": "x", "history": [{"question": "x"}] * 101},
        {"question": "x", "language": "fr"},
        {"question": "x", "speakers": ["niemand"]},
        {"question": "x", "sources": ["nergens"]},
        {"question": "x", "unknown": 1},
        [],
        "x",
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_the_reason(client, body):
    response = client.post("/v1/ask", json=body)
    assert response.status_code == 422
    assert response.json()["detail"]


def test_invalid_json_is_refused(client):
    response = client.post("/v1/ask", content=b'{"question": ', headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_titles_are_in_the_language_of_the_request(client):
    dutch = client.get("/nergens", headers={"Accept-Language": "nl-NL,nl;q=0.9"}).json()["title"]
    english = client.get("/nergens", headers={"Accept-Language": "en-GB"}).json()["title"]
    assert (dutch, english) == ("Niet gevonden", "Not found")


@pytest.mark.parametrize("limit", [0, 101, -1, "x", "10", True, 1.5, None])
def test_a_search_has_bounds(client, limit):
    assert client.post("/v1/search", json={"query": "x", "limit": limit}).status_code == 422


def test_it_lives_and_is_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_without_an_index_it_lives_but_is_not_ready(tmp_path):
    with TestClient(create_app(Settings(index_dir=tmp_path)), base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
        assert response.status_code == 503
        assert "briefwijzer ingest" in response.json()["detail"]
        assert client.post("/v1/ask", json={"question": "x"}).status_code == 503


def test_a_new_version_is_picked_up_and_offsets_count_code_points(make_corpus, bundled, tmp_path):
    corpus = make_corpus({"brief.txt": "🙂 Wij bouwen een school.\n\nDe 𝓽ekst blijft heel. Het azc opent in mei 2026."})
    ingest_corpus(corpus, tmp_path / "index", bundled)
    app = create_app(Settings(index_dir=tmp_path / "index"))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        answer = ask(client, "Wanneer opent het azc?")
        assert_sound(client, answer)
        assert "mei 2026" in answer["citations"][0]["quote"]
        (corpus / "brief.txt").write_text("Het azc opent in juni 2027.", encoding="utf-8")
        ingest_corpus(corpus, tmp_path / "index", bundled)
        app.state.service.refresh()
        again = ask(client, "Wanneer opent het azc?")
        assert "juni 2027" in again["citations"][0]["quote"]
        old = client.get(answer["citations"][0]["viewer_url"])
        assert old.status_code == 200
        assert "mei 2026" in old.text


@pytest.fixture(scope="module")
def words(letter_index):
    index = open_current(letter_index)
    found = [surface for surface, _ in index.catalogue.vocabulary()]
    index.close()
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked_every_quote_stands_in_its_document(client, words, data):
    some = data.draw(st.lists(st.sampled_from(words) | st.text(max_size=12), min_size=1, max_size=9))
    question = " ".join(some) + data.draw(st.sampled_from(["?", "", " volgens VWN?", " in 2023?"]))
    response = client.post("/v1/ask", json={"question": question})
    if any(sign.isalnum() for sign in question):
        assert response.status_code == 200, question
        assert_sound(client, response.json())
    else:
        assert response.status_code == 422

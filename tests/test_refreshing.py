"""From addresses to a record that can be trusted: snapshots, states, and what is cited."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.index import open_current
from ingest.fetching import Limits
from ingest.pipeline import ingest_corpus, refresh_corpus
from ingest.snapshots import SnapshotStore
from tests.parsing.test_pdf import paragraph, pdf
from tests.sites import Reply, article, site

ROOT = Path(__file__).parent.parent
QUICK = Limits(tries=1, connect_s=1, read_s=1, total_s=5, backoff_s=0, pause_s=0)
LONG = "De Afdeling adviseert om de grensprocedure pas in te voeren als er voldoende plekken zijn. " * 4


@pytest.fixture
def web():
    with site() as server:
        yield server


@pytest.fixture
def made(make_corpus, web, tmp_path, embedder):
    """A corpus with one source at the site's /a, and what brings it up to date."""

    class Made:
        corpus = make_corpus(
            {},
            f'[[speaker]]\nid = "rvs"\nname = "Raad van State"\n\n[[source]]\nid = "advies"\ntitle = "Advies"\n'
            f'speaker = "rvs"\nlanguage = "nl"\nurl = "{web.url}/a"\npath = "advies.txt"\n\n'
            '[[source]]\nid = "brief"\ntitle = "Brief"\nlanguage = "nl"\npath = "brief.txt"\n',
        )
        index = tmp_path / "index"

        def refresh(self):
            return refresh_corpus(self.corpus, self.index, allow_hosts=["127.0.0.1"], limits=QUICK)["advies"]

        def ingest(self):
            return {state.id: state for state in ingest_corpus(self.corpus, self.index, embedder).states}["advies"]

        def text(self):
            opened = open_current(self.index)
            try:
                rows = opened.catalogue.rows("SELECT text FROM documents WHERE source_id = 'advies' AND current = 1")
                return rows[0][0] if rows else None
            finally:
                opened.close()

    made = Made()
    (made.corpus / "brief.txt").write_text("Wij schrijven een brief over opvang.", encoding="utf-8")
    return made


def test_before_the_first_fetch_the_source_is_said_to_be_absent(made, web):
    assert made.ingest().state == "not_fetched"
    assert not web.asked, "plain ingest never touches the network"


def test_a_fetched_page_is_cited_with_its_snapshot(made, web):
    web.pages["/a"] = Reply(article("Advies over het pact", LONG))
    assert made.refresh().state == "ok"
    state = made.ingest()
    assert (state.state, state.passages > 0) == ("ok", True)
    opened = open_current(made.index)
    document = opened.catalogue.document("advies")
    opened.close()
    assert document.fetched_at == state.fetched_at
    assert document.url == web.url + "/a"
    snapshot, content = SnapshotStore(made.index).latest("advies")
    assert content.read_bytes() == web.pages["/a"].body
    assert snapshot.rev == document.rev


def test_a_pdf_is_read_by_what_it_is_and_not_by_what_the_server_says(made, web):
    web.pages["/a"] = Reply(pdf(paragraph(LONG, 70, 100)), type="application/octet-stream")
    made.refresh()
    made.ingest()
    assert "grensprocedure pas in te voeren" in made.text()


def test_whether_it_changed_is_decided_by_its_text(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG), headers={"Last-Modified": "Mon, 01 Dec 2025 00:00:00 GMT"})
    made.refresh()
    first = made.ingest()
    web.pages["/a"] = Reply(
        article("Advies", LONG).replace(b"cookies", b"koekjes"),
        headers={"Last-Modified": "Tue, 02 Dec 2025 00:00:00 GMT"},
    )
    assert made.refresh().state == "unchanged"
    assert made.ingest().fetched_at == first.fetched_at


def test_a_new_text_is_a_new_snapshot_and_the_old_one_is_kept(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    old = made.refresh().snapshot
    made.ingest()
    before = made.text()
    time.sleep(1.1)
    web.pages["/a"] = Reply(article("Advies", LONG, "Nieuw is dat kinderen nooit in bewaring gaan, zegt de Afdeling."))
    new = made.refresh().snapshot
    made.ingest()
    assert new != old
    assert (made.index / "snapshots" / "advies" / old / "content").is_file()
    assert "kinderen nooit in bewaring" in made.text()
    opened = open_current(made.index)
    revisions = opened.catalogue.rows("SELECT text FROM documents WHERE id = 'advies' AND current = 0")
    opened.close()
    assert revisions == [(before,)], "citations of saved answers keep opening"


@pytest.mark.parametrize(
    ("reply", "state", "said"),
    [
        (Reply(status=500), "failed", "500"),
        (Reply(status=403), "blocked", "403"),
        (Reply(article("Pagina niet gevonden", "Oeps, deze pagina bestaat niet meer.")), "blocked", "foutpagina"),
        (Reply(b"<html><head><title>Krant</title></head><body><main><p>Het verdrag is goed zoals het is, en dat blijft zo.</p><p>Al abonnee? Log in om verder te lezen.</p></main></body></html>"), "blocked", "betaalmuur"),
        (Reply(b'<html><body><div id="app"></div><script src="/x.js"></script></body></html>'), "blocked", "JavaScript"),
        (Reply(b"\x89PNG\r\n\x1a\n" + b"\0" * 200, type="image/png"), "failed", "image/png"),
        (Reply(b"%PDF-1.7 kapot" + b"\0" * 100, type="application/pdf"), "failed", "damaged"),
        (Reply(b"", type="text/html"), "blocked", "leeg"),
    ],
    ids=["500", "403", "soft 404", "paywall", "script only", "image", "broken pdf", "empty"],
)  # fmt: skip
def test_what_is_no_content_is_never_taken_in_and_the_last_good_snapshot_stays(made, web, reply, state, said):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    good = made.text()
    web.pages["/a"] = reply
    record = made.refresh()
    assert (record.state, said in record.reason) == (state, True), record
    shown = made.ingest()
    assert (shown.state, said in shown.reason) == (state, True)
    assert made.text() == good


def test_what_is_gone_is_no_longer_cited_and_says_since_when(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    del web.pages["/a"]
    record = made.refresh()
    assert record.state == "gone"
    shown = made.ingest()
    assert shown.state == "gone"
    assert record.since[:10] in shown.reason
    assert made.text() is None
    assert made.refresh().since == record.since
    web.pages["/a"] = Reply(article("Advies", LONG))
    assert made.refresh().state in ("ok", "unchanged")
    made.ingest()
    assert made.text() is not None


def test_a_file_at_the_path_stands_in(made, web):
    (made.corpus / "advies.txt").write_text("De tekst zoals die in de krant stond.", encoding="utf-8")
    web.pages["/a"] = Reply(status=403)
    made.refresh()
    assert made.ingest().state == "stands_in"
    assert made.text() == "De tekst zoals die in de krant stond."


def test_nothing_new_means_no_new_version(made, web, embedder):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    assert not ingest_corpus(made.corpus, made.index, embedder).changed


def test_a_damaged_snapshot_is_said_and_fetched_again(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    _, content = SnapshotStore(made.index).latest("advies")
    content.unlink()
    assert made.ingest().state == "failed"
    time.sleep(1.1)
    assert made.refresh().state == "ok"
    assert made.ingest().state == "ok"


def test_a_refresh_that_is_killed_loses_nothing(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    good = made.text()

    def slow():
        yield article("Advies", LONG)[:300]
        time.sleep(30)

    web.pages["/a"] = lambda _: Reply(pieces=slow())
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "ingest", "--refresh", "--corpus", str(made.corpus), "--index", str(made.index)],
        cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "BRIEFWIJZER_FETCH_ALLOW_HOSTS": '["127.0.0.1"]'},
    )  # fmt: skip
    until = time.monotonic() + 20
    while web.paths().count("/a") < 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    made.ingest()
    assert made.text() == good


def test_the_command_fetches_and_says_how_each_source_is(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "ingest", "--refresh", "--corpus", str(made.corpus), "--index", str(made.index)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "BRIEFWIJZER_FETCH_ALLOW_HOSTS": '["127.0.0.1"]'},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "advies: ok" in done.stderr


def test_an_edited_address_is_never_answered_with_what_the_old_one_gave(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    toml = made.corpus / "sources.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("/a", "/nieuw"), encoding="utf-8")
    assert made.ingest().state == "not_fetched"
    assert made.text() is None
    web.pages["/nieuw"] = Reply(status=500)
    assert made.refresh().snapshot is None
    assert made.ingest().state == "failed"
    assert made.text() is None


def test_a_damaged_state_leaves_the_newest_snapshot_standing(made, web):
    web.pages["/a"] = Reply(article("Advies", LONG))
    made.refresh()
    made.ingest()
    good = made.text()
    (made.index / "snapshots" / "advies" / "state.json").write_text("{", encoding="utf-8")
    shown = made.ingest()
    assert (shown.state, "damaged" in shown.reason) == ("failed", True)
    assert made.text() == good
    web.pages["/a"] = Reply(status=500)
    made.refresh()
    made.ingest()
    assert made.text() == good


def test_bytes_that_changed_on_disk_are_not_ingested_and_are_fetched_in_full_again(made, web):
    """The server would say that nothing changed; what it does not send again is what was lost here."""
    whole = Reply(article("Advies", LONG), headers={"ETag": '"1"'})
    web.pages["/a"] = lambda headers: Reply(b"", 304) if headers.get("if-none-match") else whole
    made.refresh()
    _, content = SnapshotStore(made.index).latest("advies")
    content.write_bytes(content.read_bytes().replace(b"voldoende", b"onvoldoen"))
    assert made.ingest().state == "failed"
    assert made.text() is None
    time.sleep(1.1)
    assert made.refresh().state == "ok"
    assert made.ingest().state == "ok"
    assert "voldoende plekken" in made.text()


@pytest.mark.parametrize(
    ("type_", "head"), [("text/html; charset=ISO-8859-1", b""), ("text/html", b'<meta charset="windows-1252">')]
)
def test_a_page_is_read_in_the_character_set_that_it_is_said_to_have(made, web, type_, head):
    page = article("Advies", LONG + "Coördinatie en één beleid.").decode().encode("cp1252")
    web.pages["/a"] = Reply(page.replace(b"<head>", b"<head>" + head), type=type_)
    made.refresh()
    made.ingest()
    assert made.text().endswith("Coördinatie en één beleid.")

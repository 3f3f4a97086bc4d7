"""From a corpus folder to a published version: what a change costs, and that a bad corpus changes nothing."""

import json
import re

import pytest

from app.errors import BriefwijzerError, CorpusError, DocumentError, IndexBusyError, NotFoundError
from app.index import open_current
from app.index.scratch import Scratch
from app.index.versions import MANIFEST, IndexDirectory
from ingest.pipeline import ingest_corpus
from tests.conftest import ANSWER, LETTER, QUESTION, SOURCES, StemEmbedder, quotes

RECORDS = '\n[[source]]\nid = "vragen"\ntitle = "Vragen"\nspeaker = "raad-van-state"\npath = "vragen.jsonl"\n'
ABSENT = '\n[[source]]\nid = "advies"\ntitle = "Een advies"\nurl = "https://voorbeeld.invalid/advies"\n'
TOPICS = "opvang taal werk zorg school brood water licht lucht vuur steen boom vis vogel paard".split()


def records(*texts):
    return "\n".join(json.dumps({"id": f"v{number}", "text": text}) for number, text in enumerate(texts))


def files_as_they_are(index):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else sorted(path.iterdir()))
        for path in [index / "current", *(index / "versions").rglob("*")]
    }


def test_a_corpus_is_answered_from(make_corpus, index_dir):
    embedder = StemEmbedder()
    outcome = ingest_corpus(make_corpus(), index_dir, embedder)
    assert outcome.changed
    assert outcome.version == IndexDirectory(index_dir).current()
    (state,) = outcome.states
    assert (state.id, state.state, state.documents, state.words) == ("brief", "ok", 1, len(LETTER.split()))
    assert state.passages == outcome.embedded > 0
    assert quotes(index_dir, embedder) == [ANSWER]


def test_an_unchanged_corpus_embeds_nothing_and_publishes_nothing(make_corpus, index_dir):
    embedder = StemEmbedder()
    corpus = make_corpus()
    first = ingest_corpus(corpus, index_dir, embedder)
    asked = embedder.texts
    second = ingest_corpus(corpus, index_dir, embedder)
    assert (second.version, second.changed, second.embedded) == (first.version, False, 0)
    assert embedder.texts == asked
    assert second.states == first.states


def test_one_changed_document_costs_the_embedding_of_one(make_corpus, index_dir):
    embedder = StemEmbedder()
    sources = SOURCES + RECORDS
    texts = [f"{TOPICS[n % 15]} {TOPICS[n // 15 % 15]} {TOPICS[n // 225]} {n}. Meer niet." for n in range(1_000)]
    ingest_corpus(make_corpus({"brief.txt": LETTER, "vragen.jsonl": records(*texts)}, sources), index_dir, embedder)
    asked = embedder.texts
    texts[7] = "Dit antwoord is anders geworden. Het gaat nu over taallessen."
    corpus = make_corpus({"vragen.jsonl": records(*texts)}, sources)
    outcome = ingest_corpus(corpus, index_dir, embedder)
    assert (outcome.changed, outcome.embedded) == (True, 1)
    # One passage, its two sentences, and the words that the corpus did not have yet.
    assert embedder.texts - asked <= 1 + 2 + 12
    assert "Het gaat nu over taallessen." in quotes(index_dir, embedder, "Wat gaat nu over taallessen?")


def test_a_changed_speaker_or_glossary_is_a_new_version_and_embeds_no_passage(make_corpus, index_dir):
    embedder = StemEmbedder()
    first = ingest_corpus(make_corpus(), index_dir, embedder)
    second = ingest_corpus(make_corpus(None, SOURCES.replace('["VWN"]', '["VWN", "VW"]')), index_dir, embedder)
    assert (second.changed, second.embedded) == (True, 0)
    third = ingest_corpus(
        make_corpus({"begrippen.toml": '[[begrip]]\nterm = "azc"\nmeaning = "Een opvanglocatie."\n'}),
        index_dir,
        embedder,
    )
    assert (third.changed, third.embedded) == (True, 0)
    assert len({first.version, second.version, third.version}) == 3


def test_a_removed_source_disappears_from_the_next_version(make_corpus, index_dir):
    embedder = StemEmbedder()
    text = "De Raad adviseert om woonruimte te bouwen."
    ingest_corpus(
        make_corpus({"brief.txt": LETTER, "vragen.jsonl": records(text)}, SOURCES + RECORDS), index_dir, embedder
    )
    assert quotes(index_dir, embedder, "Wat adviseert de Raad over woonruimte bouwen?") == [text]
    outcome = ingest_corpus(make_corpus(), index_dir, embedder)
    assert [state.id for state in outcome.states] == ["brief"]
    assert text not in quotes(index_dir, embedder, "Wat adviseert de Raad over woonruimte bouwen?")


def test_an_earlier_revision_stays_readable_by_its_own_offsets(make_corpus, index_dir):
    embedder = StemEmbedder()
    ingest_corpus(make_corpus(), index_dir, embedder)
    index = open_current(index_dir)
    rev = index.catalogue.document("brief").rev
    start = index.catalogue.document("brief").text.index(ANSWER)
    index.close()
    for number in range(3):
        ingest_corpus(make_corpus({"brief.txt": f"Regel {number}.\n\n{LETTER}"}), index_dir, embedder)
    index = open_current(index_dir)
    assert index.catalogue.document("brief").rev != rev
    assert index.catalogue.document("brief", rev).text[start : start + len(ANSWER)] == ANSWER
    index.close()


def test_a_source_that_was_never_fetched_is_no_error_and_says_the_command(make_corpus, index_dir):
    outcome = ingest_corpus(make_corpus(None, SOURCES + ABSENT), index_dir, StemEmbedder())
    advice = outcome.states[1]
    assert (advice.state, advice.passages) == ("not_fetched", 0)
    assert "briefwijzer ingest --refresh" in advice.reason


def test_a_file_that_stands_in_for_an_address_is_read_and_said(make_corpus, index_dir):
    sources = SOURCES + ABSENT + 'path = "advies.txt"\n'
    outcome = ingest_corpus(
        make_corpus({"brief.txt": LETTER, "advies.txt": "De raad adviseert rust."}, sources), index_dir, StemEmbedder()
    )
    assert (outcome.states[1].state, outcome.states[1].passages) == ("stands_in", 1)


BAD_CORPORA = {
    "malformed sources.toml": (None, SOURCES + "[[source]\n", "not valid TOML"),
    "a source id twice": (None, SOURCES + SOURCES[SOURCES.index("[[source]]") :], "'brief' stands there twice"),
    "an unknown speaker": (None, SOURCES.replace('speaker = "vwn"', 'speaker = "vnw"'), "unknown speaker 'vnw'"),
    "a path outside": (None, SOURCES.replace('"brief.txt"', '"../brief.txt"'), "leads out of the corpus folder"),
    "an absolute path": (None, SOURCES.replace('"brief.txt"', '"/etc/motd.txt"'), "leads out of the corpus folder"),
    "a missing file": (
        None,
        SOURCES.replace('"brief.txt"', '"briev.txt"'),
        r"source 'brief': the file .*briev\.txt is not there",
    ),
    "a folder": (
        {"brieven.txt/brief.txt": LETTER},
        SOURCES.replace('"brief.txt"', '"brieven.txt"'),
        r"source 'brief': .*brieven\.txt is a folder\. Name a file in it",
    ),
    "an empty document": ({"brief.txt": " \n"}, SOURCES, r"brief\.txt: the file is empty"),
    "latin-1": ({"brief.txt": "Café.\n".encode("latin-1")}, SOURCES, "not UTF-8 text"),
    "utf-16 without a mark": ({"brief.txt": "Een zin.".encode("utf-16-le")}, SOURCES, "not a text file"),
    "a heading that is not there": (None, SOURCES + 'headings = ["Vooraf"]\n', "heading 'Vooraf'"),
    "a quote line that is not there": (
        None,
        SOURCES + '[[source.quotes]]\nspeaker = "raad-van-state"\nheadings_after = "Over:"\n',
        "headings_after 'Over:'",
    ),
    "a record that is none": (
        {"brief.txt": LETTER, "vragen.jsonl": records("Goed.") + "\n[]"},
        SOURCES + RECORDS,
        r"vragen\.jsonl, line 2: a record is",
    ),
    "records that share an address": (
        {"brief.txt": LETTER, "vragen.jsonl": '{"id": "A b", "text": "Een."}\n{"id": "a-b", "text": "Twee."}'},
        SOURCES + RECORDS,
        "two records share the document id 'vragen.a-b'",
    ),
    "a broken glossary": ({"brief.txt": LETTER, "begrippen.toml": "[[begrip]]\nterm = 3\n"}, SOURCES, "begrippen"),
    "no source that can be read": (None, ABSENT, "No source could be read"),
}


@pytest.mark.parametrize(("files", "sources", "message"), BAD_CORPORA.values(), ids=BAD_CORPORA.keys())
def test_a_bad_corpus_is_a_clear_error_and_leaves_the_published_version_answering(
    make_corpus, index_dir, files, sources, message
):
    embedder = StemEmbedder()
    ingest_corpus(make_corpus(), index_dir, embedder)
    versions = IndexDirectory(index_dir)
    before, untouched = versions.current(), files_as_they_are(index_dir)
    corpus = make_corpus(files, sources)
    with pytest.raises(CorpusError, match=message) as caught:
        ingest_corpus(corpus, index_dir, embedder)
    assert "\n" not in str(caught.value)
    assert versions.current() == before
    assert files_as_they_are(index_dir) == untouched
    assert [path.name for path in (index_dir / "versions").iterdir()] == [before], "nothing half-made is left"
    assert quotes(index_dir, embedder) == [ANSWER]


def test_a_check_touches_no_file_of_what_is_published(small_corpus, small_index, embedder):
    before = files_as_they_are(small_index)
    assert any(path.name == "chroma.sqlite3" for path in before)
    assert not ingest_corpus(small_corpus, small_index, embedder).changed
    assert files_as_they_are(small_index) == before
    assert not list(small_index.glob(".checking.*"))


def test_what_a_killed_check_left_goes_with_the_next_ingest(small_corpus, small_index, embedder):
    left = small_index / ".checking.1.abcdef"
    left.mkdir()
    in_use = Scratch.make(small_index)
    ingest_corpus(small_corpus, small_index, embedder)
    assert list(small_index.glob(".checking.*")) == [in_use.path]
    in_use.remove()


def test_a_file_that_may_not_be_read_is_said(make_corpus, index_dir):
    corpus = make_corpus()
    (corpus / "brief.txt").unlink()
    (corpus / "brief.txt").mkdir()
    with pytest.raises(DocumentError, match=r"brief\.txt"):
        ingest_corpus(corpus, index_dir, StemEmbedder())


def test_when_not_strict_a_bad_source_is_marked_failed_and_the_others_go_through(make_corpus, index_dir):
    embedder = StemEmbedder()
    corpus = make_corpus({"brief.txt": LETTER, "vragen.jsonl": "[]"}, SOURCES + RECORDS)
    outcome = ingest_corpus(corpus, index_dir, embedder, strict=False)
    assert [(state.id, state.state) for state in outcome.states] == [("brief", "ok"), ("vragen", "failed")]
    assert "line 1" in outcome.states[1].reason
    assert quotes(index_dir, embedder) == [ANSWER]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ('{"id": "v0", "text": "Nog eens."}', r"vragen\.jsonl, line 41: id 'v0' stands there twice"),
        ('{"id": "V0", "text": "Nog eens."}', r"vragen\.jsonl, line 41: id 'V0': two records share the document id"),
        ('{"id": "v40", "text": " "}', r"vragen\.jsonl, line 41: record 'v40' has an empty text"),
    ],
)
def test_nothing_is_published_of_a_new_file_that_fails_at_its_last_record(make_corpus, index_dir, second, said):
    lines = [f'{{"id": "v{number}", "text": "De wethouder van Plaats{number}dorp bouwt."}}' for number in range(40)]
    embedder = StemEmbedder()
    corpus = make_corpus({"brief.txt": LETTER, "vragen.jsonl": "\n".join([*lines, second])}, RECORDS + SOURCES)
    outcome = ingest_corpus(corpus, index_dir, embedder, strict=False)
    assert {(state.id, state.state, state.documents) for state in outcome.states} == {
        ("brief", "ok", 1),
        ("vragen", "failed", 0),
    }
    [reason] = [state.reason for state in outcome.states if state.id == "vragen"]
    assert re.search(said, reason)
    opened = open_current(index_dir)
    with pytest.raises(NotFoundError):
        opened.catalogue.document("vragen.v0")
    opened.close()
    assert quotes(index_dir, embedder) == [ANSWER]


def test_an_index_of_another_corpus_is_refused_and_the_remedy_named(make_corpus, small_index, embedder):
    before = IndexDirectory(small_index).current()
    with pytest.raises(
        CorpusError, match=r"belongs to the corpus .*small.*, not to .*--index or BRIEFWIJZER_INDEX_DIR"
    ):
        ingest_corpus(make_corpus(), small_index, embedder)
    assert IndexDirectory(small_index).current() == before
    assert quotes(small_index, embedder) == [ANSWER]


def test_another_model_makes_the_index_anew(small_corpus, small_index):
    other = StemEmbedder("stems-2")
    outcome = ingest_corpus(small_corpus, small_index, other)
    assert outcome.changed
    assert outcome.embedded > 0
    assert quotes(small_index, other) == [ANSWER]


def test_an_ingest_that_finds_another_at_work_says_so_and_changes_nothing(small_corpus, small_index, embedder):
    versions = IndexDirectory(small_index)
    with versions.writing(), pytest.raises(IndexBusyError, match="another ingest is writing here"):
        ingest_corpus(small_corpus, small_index, embedder)
    assert quotes(small_index, embedder) == [ANSWER]


def test_an_index_folder_that_cannot_be_made_is_said(make_corpus, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BriefwijzerError, match=r"cannot be made.*--index"):
        ingest_corpus(make_corpus(), tmp_path / "file" / "index", StemEmbedder())


def test_a_version_of_another_format_is_made_anew(small_corpus, small_index, embedder):
    versions = IndexDirectory(small_index)
    path = versions.directory(versions.require_current()) / MANIFEST
    path.write_text(re.sub(r'"format": \d+', '"format": 1', path.read_text(encoding="utf-8")), encoding="utf-8")
    assert ingest_corpus(small_corpus, small_index, embedder).changed
    assert quotes(small_index, embedder, QUESTION) == [ANSWER]


def test_a_file_that_was_read_before_and_cannot_be_read_now_changes_nothing(make_corpus, bundled, tmp_path):
    texts = {"een.txt": "Het college bouwt woningen.", "twee.txt": "De gemeente opent een school."}
    toml = "".join(f'[[source]]\nid = "{n[:-4]}"\ntitle = "{n}"\nlanguage = "nl"\npath = "{n}"\n' for n in texts)
    corpus = make_corpus(texts, toml)
    before = ingest_corpus(corpus, tmp_path / "index", bundled, strict=False).version
    (corpus / "twee.txt").write_text("", encoding="utf-8")
    with pytest.raises(DocumentError, match="twee"):
        ingest_corpus(corpus, tmp_path / "index", bundled, strict=False)
    assert IndexDirectory(tmp_path / "index").current() == before

"""sources.toml: what it says, and for everything wrong in it the line, the key and the value."""

import pytest

from app.errors import CorpusError
from ingest.sources import load_corpus
from tests.conftest import SOURCES

SPEAKER = '[[speaker]]\nid = "vwn"\nname = "VWN"\n\n'
SOURCE = '[[source]]\nid = "brief"\ntitle = "Een brief"\npath = "brief.txt"\n'


def refusal(make_corpus, toml, files=None):
    corpus = make_corpus(files, toml)
    with pytest.raises(CorpusError) as caught:
        load_corpus(corpus)
    message = str(caught.value)
    assert message.startswith(str(corpus / "sources.toml"))
    return message.removeprefix(str(corpus / "sources.toml"))


def test_the_corpus_in_the_box_is_the_letter_and_its_seven_links(letter_corpus):
    corpus = load_corpus(letter_corpus)
    letter, *linked = corpus.sources
    assert (letter.id, letter.speaker, letter.date, letter.path) == (
        "brief-2025-12",
        "vwn",
        "2025-12",
        "brief-2025-12.txt",
    )
    assert len(linked) == 7
    assert all(source.linked_from == "brief-2025-12" for source in linked)
    assert [speaker.id for speaker in corpus.speakers if speaker.owner] == ["vwn"]


def test_an_op_ed_has_no_speaker(letter_corpus):
    trouw = next(source for source in load_corpus(letter_corpus).sources if source.publisher == "Trouw")
    assert trouw.speaker is None


def test_every_address_stands_in_the_letter(letter_corpus):
    text = (letter_corpus / "brief-2025-12.txt").read_text(encoding="utf-8")
    assert all(source.url in text for source in load_corpus(letter_corpus).sources if source.url)


@pytest.mark.parametrize("written", ['"2025"', '"2025-12"', '"2025-12-02"', "2025-12-02"])
def test_a_date_is_as_precise_as_it_is_known(make_corpus, written):
    (source,) = load_corpus(make_corpus(None, f"{SOURCE}date = {written}\n")).sources
    assert source.date == written.strip('"')


def test_a_folder_without_sources_says_what_a_corpus_is(tmp_path):
    with pytest.raises(CorpusError, match=r"sources\.toml: not found.*--corpus or BRIEFWIJZER_CORPUS_DIR"):
        load_corpus(tmp_path)


def test_another_encoding_of_sources_toml_is_said(make_corpus):
    corpus = make_corpus()
    (corpus / "sources.toml").write_bytes(SOURCES.replace("Een brief", "Één brief").encode("latin-1"))
    with pytest.raises(CorpusError, match=r"line \d+: not UTF-8 text"):
        load_corpus(corpus)


@pytest.mark.parametrize(
    ("toml", "place", "message"),
    [
        (SPEAKER + '[[source]]\nid = "brief\n', ", line 6, key 'id'", 'not valid TOML (Illegal character \'\\n\'): \'id = "brief\'. Write'),
        (SOURCE + "url = https://voorbeeld.nl\n", ", line 5, key 'url'", "not valid TOML (Invalid value): 'url = https://voorbeeld.nl'"),
        (SOURCE + "url\n", ", line 5, key 'url'", "not valid TOML"),
        (SOURCE + 'title = "Nog een"\n', ", line 5, key 'title'", "not valid TOML (Cannot overwrite a value)"),
        (SOURCE + "[[source]\n", ", line 5", "not valid TOML"),
        (SOURCE + 'headings = ["A",\n', ", line 5, key 'headings'", "not valid TOML"),
        ("", "", "there is no [[source]] in it"),
        (SPEAKER + SOURCE + "soort = 3\n", ", line 9, key 'soort'", "unknown key 'soort'"),
        (SOURCE.replace("title = ", "titel = "), ", line 1, key 'title'", "the key 'title' is missing"),
        (SOURCE.replace('"brief"', '"Brief 1"'), ", line 2, key 'id'", "found 'Brief 1'). Write lower-case letters"),
        (SOURCE.replace('"Een brief"', "3"), ", line 3, key 'title'", "found 3"),
        (SOURCE + 'date = "02-12-2025"\n', ", line 5, key 'date'", "YYYY-MM-DD"),
        (SOURCE + 'date = "2025-13"\n', ", line 5, key 'date'", "found '2025-13'"),
        (SOURCE + 'url = "ftp://voorbeeld.nl/"\n', ", line 5, key 'url'", "found 'ftp://voorbeeld.nl/'"),
        (SOURCE + 'language = "Nederlands"\n', ", line 5, key 'language'", "found 'Nederlands'"),
        (SOURCE + 'headings = ["A", 3]\n', ", line 5, key 'headings'", "found 3"),
        (SPEAKER + SOURCE + 'speaker = "vnw"\n', ", line 9, key 'speaker'", "unknown speaker 'vnw'. Known speakers: vwn."),
        (SOURCE + '[[source.quotes]]\nspeaker = "x"\nheadings_after = "A:"\n', ", line 6, key 'speaker'", "unknown speaker 'x'"),
        (SPEAKER + SOURCE + 'speaker = "vwn"\n[[source.quotes]]\nspeaker = "x"\nheadings_after = "A:"\n', ", line 11, key 'speaker'", "unknown speaker 'x'"),
        (SOURCE + '[[source.quotes]]\nspeaker = "x"\n', ", line 5, key 'quotes'", "either by headings_after or by after"),
        (SOURCE + 'linked_from = "elders"\n', ", line 5, key 'linked_from'", "unknown source 'elders'"),
        (SOURCE.replace('path = "brief.txt"\n', ""), ", line 2, key 'id'", "neither a path nor a url"),
        (SOURCE + "\n" + SOURCE, ", line 7, key 'id'", "source id 'brief' stands there twice"),
        (SPEAKER + SPEAKER + SOURCE, ", line 6, key 'id'", "speaker id 'vwn' stands there twice"),
        (SPEAKER.replace("\n\n", "\nowner = true\n\n") * 2 + SOURCE, "", "more than one speaker has owner = true"),
        (SOURCE.replace("brief.txt", "brief.odt"), ", line 4, key 'path'", "path 'brief.odt': only .txt"),
        (SOURCE.replace("brief.txt", "../brief.txt"), ", line 4, key 'path'", "leads out of the corpus folder"),
        (SOURCE.replace("brief.txt", "/etc/hostname.txt"), ", line 4, key 'path'", "leads out of the corpus folder"),
        (SOURCE.replace("brief.txt", "map/../../brief.txt"), ", line 4, key 'path'", "leads out of the corpus folder"),
        (SOURCE.replace("brief.txt", "brief\\u0000.txt"), ", line 4, key 'path'", "is no file's name"),
        (SOURCE.replace("[[source]]", "[source]"), ", line 1, key 'source'", "list"),
        (SOURCE + "[[bron]]\nid = 'x'\n", ", line 5, key 'bron'", "unknown key 'bron'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_key(make_corpus, toml, place, message):
    found = refusal(make_corpus, toml)
    assert found.startswith(f"{place}: ")
    assert message in found


def test_a_symlink_out_of_the_corpus_is_no_way_out(make_corpus, tmp_path):
    (tmp_path / "geheim.txt").write_text("Niet voor u.", encoding="utf-8")
    corpus = make_corpus({}, SOURCE)
    (corpus / "brief.txt").symlink_to(tmp_path / "geheim.txt")
    with pytest.raises(CorpusError, match=r"line 4, key 'path': path 'brief\.txt' leads out of the corpus folder"):
        load_corpus(corpus)


def test_a_symlink_inside_the_corpus_is_fine(make_corpus):
    corpus = make_corpus({"echt.txt": "Een zin."}, SOURCE)
    (corpus / "brief.txt").symlink_to(corpus / "echt.txt")
    assert load_corpus(corpus).sources[0].path == "brief.txt"


def test_a_key_is_looked_for_in_its_own_entry(make_corpus):
    toml = (
        SOURCE
        + "\n"
        + SOURCE.replace('"brief"', '"tweede"')
        + 'date = "gisteren"\n\n'
        + SOURCE.replace('"brief"', '"derde"')
        + 'date = "2024"\n'
    )
    assert refusal(make_corpus, toml).startswith(", line 10, key 'date': ")


def test_example_questions_are_read_with_their_language(make_corpus):
    toml = SOURCE + '\n[[example]]\nquestion = "Wie?"\n\n[[example]]\nquestion = "Who?"\nlanguage = "en"\n'
    examples = load_corpus(make_corpus(sources_toml=toml)).examples
    assert [(example.question, example.language) for example in examples] == [("Wie?", "nl"), ("Who?", "en")]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('question = "Wie?"\nlanguage = "fr"', ", line 8, key 'language': "),
        ('question = ""', ", line 7, key 'question': "),
        ('language = "nl"', "the key 'question' is missing."),
        ('question = "Wie?"\nanswer = "Ik"', "unknown key 'answer'"),
    ],
)
def test_a_wrong_example_is_named_with_its_line(make_corpus, entry, said):
    assert said in refusal(make_corpus, SOURCE + f"\n[[example]]\n{entry}\n")

"""Splits a document into sentences and passages."""

import re
from collections.abc import Iterator, Sequence

from app.passages import Document, Passage, Sentence
from ingest.reported import reported_speaker
from ingest.sentences import split_sentences

# A passage is about one thing: long enough to hold a thought with its reasons, short enough to point at.
LONGEST_PASSAGE = 1_200
_SHORT_BLOCK = 200
_LIST_LEAD = re.compile(r":\s*$")


def split_document(
    document: Document, sections: Sequence[str | None], names: Sequence[tuple[str, str]] = ()
) -> tuple[tuple[Sentence, ...], tuple[Passage, ...]]:
    """Return the sentences of a document and its passages (numbered from 0 within the document).

    ``sections`` gives the heading of each block; ``names`` are (name, speaker id) pairs for reported speech.
    """
    sentences = tuple(_sentences(document, sections, names))
    passages: list[Passage] = []
    for run in _runs(sentences):
        first, last = run[0], run[-1]
        passages.append(
            Passage(
                len(passages), document.id, first.ordinal, last.ordinal, first.start, last.end,
                document.text[first.start : last.end], first.speaker, first.section, first.kind,
            )
        )  # fmt: skip
    return sentences, tuple(passages)


def _sentences(
    document: Document, sections: Sequence[str | None], names: Sequence[tuple[str, str]]
) -> Iterator[Sentence]:
    ordinal = 0
    for number, (block, section) in enumerate(zip(document.blocks, sections, strict=True)):
        text = document.text[block.start : block.end]
        # A heading, a table row or the lines of a signature are one unit, however many full stops they hold.
        spans = [(0, len(text))] if block.kind in ("heading", "table_row") or "\n" in text else split_sentences(text)
        for start, end in spans:
            words = text[start:end]
            yield Sentence(
                document.id, ordinal, block.start + start, block.start + end, words, block.speaker, section, block.kind,
                number, reported_speaker(words, names, block.speaker), block.page,
            )  # fmt: skip
            ordinal += 1


def _runs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    run: list[Sentence] = []
    for sentence in sentences:
        if run and not _belongs(run, sentence):
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _belongs(run: Sequence[Sentence], sentence: Sentence) -> bool:
    first, last = run[0], run[-1]
    if sentence.kind == "heading" or first.kind == "heading":
        return False
    if (sentence.speaker, sentence.section) != (first.speaker, first.section):
        return False
    if (sentence.kind == "footnote") != (first.kind == "footnote"):
        return False
    length = sentence.end - first.start
    if length > LONGEST_PASSAGE:
        return False
    if sentence.block == last.block:
        return True
    # A new paragraph starts a new passage, unless what stands so far is a lead-in, a short line or a list.
    if sentence.kind == "list_item":
        return last.kind == "list_item" or bool(_LIST_LEAD.search(last.text))
    if sentence.kind == "table_row":
        return last.kind == "table_row"
    return last.end - first.start < _SHORT_BLOCK and last.kind == "paragraph" and length <= LONGEST_PASSAGE

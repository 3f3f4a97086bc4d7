"""The gate: nothing leaves that does not stand in the record, word for word, under the name of who said it."""

from collections.abc import Iterable, Sequence

from app.answers import Citation, Statement
from app.passages import Document


def holds(citation: Citation, document: Document) -> bool:
    """Whether a citation's quote is exactly what the document says at its place, and its speaker the block's speaker."""
    if not citation.quote or document.text[citation.start : citation.end] != citation.quote:
        return False
    if citation.rev != document.rev or citation.document_id != document.id:
        return False
    speakers = {block.speaker for block in document.blocks if block.start < citation.end and citation.start < block.end}
    return speakers == {citation.speaker}


def verified(
    statements: Sequence[Statement], citations: Sequence[Citation], documents: Iterable[Document]
) -> list[Statement]:
    """Return the statements whose every citation holds, comes from the statement's speaker, and carries its words."""
    record = {(document.id, document.rev): document for document in documents}
    sound = {
        citation.number: citation
        for citation in citations
        if (document := record.get((citation.document_id, citation.rev))) is not None and holds(citation, document)
    }
    kept = []
    for statement in statements:
        evidence = [sound.get(number) for number in statement.citations]
        if not evidence or None in evidence:
            continue
        if any(item is not None and item.speaker != statement.speaker for item in evidence):
            continue
        kept.append(statement)
    return kept

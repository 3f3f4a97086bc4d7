"""What every letter says of itself: who signed it, and whom it is addressed to."""

import re

from app.retrieval import Question, RankedSentence, Retriever

_LETTER = re.compile(r"\b(?:brief|letter)\b", re.IGNORECASE)
_SIGNED = re.compile(
    r"\b(?:ondertekend|ondertekenaar|ondertekent|ondertekende|schreef|schrijft|schrijver|geschreven|afzender|auteur|signed|signatory"
    r"|wrote|written|author|sender|van wie (?:is|komt|was|zijn)|(?:stuurt|stuurde|verstuurde|verzond)|whose letter|from whom)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?:gericht|geadresseerd|gestuurd|verstuurd|ontvanger|addressed|addressee|sent|recipients?)\b", re.IGNORECASE
)
_TOPIC = re.compile(r"\b(?:over|about|on|inzake|rond|rondom|betreffende)\b", re.IGNORECASE)
_SALUTATION = re.compile(r"^(?:geachte|beste|dear|aan)\b", re.IGNORECASE)
_NEAR_THE_TOP = 12


def letter_fact(retriever: Retriever, question: Question) -> RankedSentence | None:
    """Return the signature or the salutation of a letter where a question asks for it, or None."""
    if not _LETTER.search(question.text) or question.wanted not in ("person", "text"):
        return None
    if question.wanted == "text" and _TOPIC.search(question.text):
        return None  # "Wat schrijft de brief over opvang?" is not about who wrote it.
    signed, addressed = _SIGNED.search(question.text), _ADDRESSED.search(question.text)
    if not signed and not addressed:
        return None
    catalogue = retriever.index.catalogue
    rows = catalogue.rows(
        # The documents first: few are letters where most are records.
        "SELECT s.document, d.id, s.ordinal, s.text FROM documents d CROSS JOIN sentences s ON s.document = d.number "
        "WHERE d.current = 1 AND d.record_id IS NULL AND s.kind = 'paragraph' AND (s.ordinal < ? OR instr(s.text, char(10)) > 0) "
        "ORDER BY s.document, s.ordinal",
        _NEAR_THE_TOP,
    )
    if addressed:
        found = [row for row in rows if _SALUTATION.match(row[3])][:1]
    else:
        # A signature is the one passage whose lines stay lines; the last of them closes the letter.
        found = [row for row in rows if "\n" in row[3]][-1:]
    for document, ident, ordinal, _ in found:
        sentence, _ = catalogue.sentences(document, ident, ordinal, ordinal)[0]
        return RankedSentence.surely(sentence, document)
    return None

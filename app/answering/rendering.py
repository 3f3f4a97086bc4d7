"""Writes an answer out as plain text."""

from collections.abc import Sequence

from app.answering.wording import say
from app.answers import Citation, Statement


def plain_text(
    language: str,
    notice: str | None,
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    names: dict[str, str],
) -> str:
    """Return the answer as plain text: under a line that says who speaks where, the quotes with their markers."""
    numbered = {c.number: c for c in citations}
    parts = [notice] if notice else []
    above = None
    for statement in statements:
        cited = numbered[statement.citations[0]]
        who = names.get(statement.speaker or "", say(language, "unknown"))
        line = ", ".join(
            part
            for part in (who, cited.title, say(language, "under", section=cited.section) if cited.section else "")
            if part
        )
        if cited.language not in (None, language):
            line += say(language, "original")
        markers = "".join(f"[{number}]" for number in statement.citations)
        entry = f"“{statement.text}” {markers}"
        if cited.links:
            entry += "\n" + say(language, "link", urls=", ".join(dict.fromkeys(link.url for link in cited.links)))
        if line != above:
            parts.append(f"{line}:\n{entry}")
            above = line
        else:
            parts.append(entry)
    return "\n\n".join(parts)

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
    *,
    written: bool = False,
) -> str:
    """Return the answer as plain text: under a line that says who speaks where, the quotes with their markers.

    ``written``: the statements are a chat model's words; then they come first, and the quotes they rest on below.
    """
    if written:
        return _written(language, notice, statements, citations, names)
    numbered = {c.number: c for c in citations}
    parts = [notice] if notice else []
    above = None
    for statement in statements:
        cited = numbered[statement.citations[0]]
        line = _where(language, cited, names)
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


def _where(language: str, cited: Citation, names: dict[str, str]) -> str:
    who = names.get(cited.speaker or "", say(language, "unknown"))
    under = say(language, "under", section=cited.section) if cited.section else ""
    line = ", ".join(part for part in (who, cited.title, under) if part)
    return line + say(language, "original") if cited.language not in (None, language) else line


def _written(
    language: str,
    notice: str | None,
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    names: dict[str, str],
) -> str:
    parts = [notice] if notice else []
    parts += [f"{s.text} {''.join(f'[{number}]' for number in s.citations)}" for s in statements]
    parts.append("\n".join(f"[{c.number}] {_where(language, c, names)}: “{c.quote}”" for c in citations))
    return "\n\n".join(parts)

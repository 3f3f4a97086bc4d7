"""How common words are in general: what makes "genoeg" say less in a question than "kernenergie".

A corpus of one letter cannot tell: there, every word that it lacks is as rare as any other.
"""

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from app import analysis

# A word rarer than this (information in nats, minus the log of its share of all words) says all it can say.
RAREST = 11.0


def information(texts: Iterable[Iterable[str]]) -> dict[str, float]:
    """Return the information of each common word, in nats: the least over the kinds of text given.

    A word is as common as in the kind of text that uses it most, so that the style of statutes does not make
    everyday words rare.
    """
    found: dict[str, float] = {}
    for kind in texts:
        counts: Counter[str] = Counter()
        for text in kind:
            counts.update(analysis.words(text))
        total = sum(counts.values())
        for word, count in counts.items():
            nats = -math.log(count / total)
            # One sighting in a small collection is chance.
            if count > 2 and word.isalpha() and nats < min(RAREST, found.get(word, RAREST)):
                found[word] = nats
    return found


def write(path: Path, dutch: dict[str, float], english: dict[str, float]) -> None:
    """Write the table, one word a line: language, word, information in tenths of a nat."""
    lines = [
        f"{language}\t{word}\t{round(10 * nats)}"
        for language, table in (("nl", dutch), ("en", english))
        for word, nats in sorted(table.items())
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

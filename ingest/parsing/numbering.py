"""The numbers that Word shows before headings and list items; the file holds only the rules that they follow."""

import re
from collections import defaultdict
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_PLACE = re.compile(r"%(\d)")
_LEVELS = 9


class Numbering:
    """Counts the numbered paragraphs of a document, in the order in which they come."""

    def __init__(self, root: Any | None) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._counts: dict[str, list[int | None]] = defaultdict(lambda: [None] * _LEVELS)
        self._begun: set[str] = set()
        if root is None:
            return
        for abstract in root.iter(f"{_W}abstractNum"):
            levels = {}
            for level in abstract.iter(f"{_W}lvl"):
                place = _number(level.get(f"{_W}ilvl"), 0)
                start = _number(_value(level, "start"), 1)
                levels[place] = (_value(level, "numFmt") or "decimal", _value(level, "lvlText") or "", start)
            self._levels[abstract.get(f"{_W}abstractNumId") or ""] = levels
        for listed in root.iter(f"{_W}num"):
            anew = {
                _number(override.get(f"{_W}ilvl"), 0): _number(_value(override, "startOverride"), 1)
                for override in listed.iter(f"{_W}lvlOverride")
                if override.find(f"{_W}startOverride") is not None
            }
            self._lists[listed.get(f"{_W}numId") or ""] = (_value(listed, "abstractNumId") or "", anew)

    def label(self, number_id: str, level: int) -> str:
        """Count a paragraph and return what stands before it ("2.1", "a)"), empty for a bullet or an unknown list."""
        abstract, anew = self._lists.get(number_id, ("", {}))
        levels = self._levels.get(abstract, {})
        if level not in levels or not 0 <= level < _LEVELS:
            return ""
        counts = self._counts[abstract]
        if number_id not in self._begun:
            self._begun.add(number_id)
            for place, start in anew.items():
                if 0 <= place < _LEVELS:
                    counts[place] = start - 1
        before = counts[level]
        counts[level] = levels[level][2] if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        kind, text, _ = levels[level]
        if kind in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            known = counts[place] if counts[place] is not None else levels.get(place, ("", "", 1))[2]
            return _written(known or 0, levels.get(place, ("decimal", "", 1))[0])

        return _PLACE.sub(shown, text).strip()


def _written(number: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        text = ""
        for value, sign in _ROMAN:
            text += sign * (number // value)
            number %= value
        return text if kind == "lowerRoman" else text.upper()
    return str(number)


def _value(element: Any, name: str) -> str | None:
    found = element.find(f"{_W}{name}")
    return None if found is None else found.get(f"{_W}val")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"\d{1,6}", text) else otherwise

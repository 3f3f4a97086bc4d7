"""Sentence splitting for Dutch and English policy texts."""

import re

# Abbreviations after which a sentence goes on, even where a capital follows.
_NEVER_FINAL = frozenset(
    """
    art artt afd bijv bv blz c.q ca cf d.d dhr dr drs e.v ir jkvr m.b.t m.i.v m.n mevr
    mr nl nr nrs o.a o.b.v o.g.v o.l.v o.m p p.p par prof resp sr st t.a.v t.b.v t.g.v t.o.v t.w tel v.w.b vgl
    w.o z.g zgn i.c i.h.a i.h.b i.o.v i.p.v i.v.m i.z d.m.v d.w.z a.d.h.v a.h.w n.a.v n.v.t u.a m.a.w e.g i.e
    mrs ms vs hoofdst paragr inz jo jis kst stb stcrt trb pb ho mw gem min.pres kamerst
    """.split()
)
# Abbreviations of this kind are also words; they are abbreviations before a number ("lid. 3", "10 jan. 2024").
_BEFORE_NUMBERS = frozenset(
    """
    lid no vol fig min max ing fam jan feb mrt apr jun jul aug sep sept okt nov dec
    """.split()
)
# These may close a sentence: a capital behind them starts a new one.
_MAY_BE_FINAL = frozenset(
    """
    jl e.d etc enz e.a a.s ll n.chr v.chr m.e.r b.v n.v cs c.s
    """.split()
)

_CANDIDATE = re.compile(r"(?<![.!?…])[.!?…]++[\"'’”»)\]]{0,3}\s+")
_LAST_WORD = re.compile(r"[^\s(\[\"'‘“]+$")
_LONGEST = 1_000


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) offsets of the sentences of one block, without surrounding white space.

    A text without any full stop is one sentence; one of over 1,000 code points is cut at a semicolon, comma or space,
    so that a quote stays readable.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _CANDIDATE.finditer(text):
        if _is_boundary(text, match):
            spans.append((start, match.end()))
            start = match.end()
    spans.append((start, len(text)))
    trimmed = [_trim(text, first, last) for first, last in spans]
    return [piece for first, last in trimmed if first < last for piece in _cut(text, first, last)]


def _is_boundary(text: str, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 1]
    if not following:
        return False
    if not (following.isupper() or following.isdigit() or following in "‘“\"'«([•–-"):
        return False
    if following in "‘“\"'«([" and not text[match.end() + 1 : match.end() + 2].isupper():
        return False
    mark = match.group()
    if not mark.startswith("."):
        return True
    found = _LAST_WORD.search(text, max(0, match.start() - 24), match.start())
    last = found.group() if found else ""
    word = last.lower()
    if word in _NEVER_FINAL or (word in _BEFORE_NUMBERS and following.isdigit()):
        return False
    if word in _MAY_BE_FINAL:
        return following.isupper()
    if last.isdigit():
        # "1. Inleiding" numbers a heading or an item; "in 2023. Daarna" ends a sentence.
        return (match.start() - len(last) > 0 and len(last) > 2) or (
            following.isupper() and match.start() > len(last) + 2
        )
    # Initials ("F. Candel", "J.P. Balkenende") and dotted abbreviations that no list knows.
    return not (len(last) == 1 and last.isupper()) and not re.fullmatch(r"(?:\w\.){1,4}\w", last)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    while end - start > _LONGEST:
        window = text[start : start + _LONGEST]
        at = max(window.rfind("; "), window.rfind(" • "), window.rfind("\n"))
        if at < _LONGEST // 3:
            at = max(window.rfind(", "), at)
        if at < _LONGEST // 3:
            at = window.rfind(" ")
        if at < 1:
            at = _LONGEST - 1
        pieces.append(_trim(text, start, start + at + 1))
        start += at + 1
    pieces.append(_trim(text, start, end))
    return [piece for piece in pieces if piece[0] < piece[1]]

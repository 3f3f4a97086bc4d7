"""Whose words a question asks for: the speakers it names, by name, alias or hint, and whether as speakers or as the topic."""

import re
from collections.abc import Iterable, Sequence

from app.passages import Speaker

_SAYING = (
    r"(?:zegt|zeggen|zei|gezegd|volgens|aldus|namens|vindt|vinden|vond|schrijft|schrijven|schreef|denkt|denken|wil|willen|stelt|stellen|meent"
    r"|standpunt|mening|visie|opvatting|oordeel|reactie|kritiek|advies|adviseert|pleit|pleiten|waarschuwt|steunt|staat|staan"
    r"|maakt|zorgen|says?|said|thinks?|views?|opinion|position|stance|states?|argues?|wants?|writes?|believes?|criticism|advice"
    r"|according|concerned|worried|opposes?|supports?|recommends?|proposes?|voorstelt|voorstellen|voorgesteld|noemt|tegen|voor"
    r"|waardeert|waarderen|prijst|vreest|hoopt|verwacht|bepleit|verwelkomt|appreciates?|welcomes?|prefers?|fears?|hopes?|expects?|demands?|urges?"
    r"|against|favou?r|blij|positief|happy|ziet|wenst|eist|vraagt|like|dislike|hoe|waarom|why|how|welke|which)"
)
_OWNER_WORDS = re.compile(r"\b(?:jullie|jou|jouw|you|your)\b", re.IGNORECASE)
# How surely a speaker who is named is the one who speaks: not at all, perhaps ("het standpunt van …"), surely ("volgens …").
_MAY_SPEAK, _SPEAKS = 1, 2
_BEFORE_SPEAKER = re.compile(
    r"\b(?:volgens|aldus|namens|according to|does|do|did|has|is|zegt|zeggen|vindt|vinden|schrijft|wil|stelt|denkt|meent|pleit|adviseert"
    r"|waarschuwt|ziet|noemt|heeft|maakt|dat|waarom is|hoe denkt|steunt|that|waar|waarvan|waarin|wat|which|what)\s+(?:(?:de|het|the|een|a)\s+)?$",
    re.IGNORECASE,
)
_BEFORE_AUTHOR = re.compile(
    r"\b(?:van|bij|of|by|in|staat er in|staat in|en|and|tussen)\s+(?:(?:de|het|the|een|a)\s+)?$", re.IGNORECASE
)
_JOINED = re.compile(r"^[^?.]{0,80}?\b(?:en|and|of|or|met|with)\s+(?:(?:de|het|the|een|a)\s+)?$", re.IGNORECASE)
_AFTER_AUTHOR = re.compile(
    r"^(?:'s|s'|’s)?\s+(?:(?:precies|eigenlijk|zelf|over|dan|zich)\s+)?(?:zegt|vindt|schrijft|wil|stelt|denkt|meent|pleit|adviseert"
    r"|waarschuwt|over|van|voor|tegen|invoeren|voorstel|say|says|think|thinks|want|wants|write|writes|view|views|position|stance"
    r"|opinion|argue|argues|propose|proposes|recommend|recommends|state|states|about|on|oppose|opposes|support|supports|dat|zich|er|zorgen)\b",
    re.IGNORECASE,
)
# The document itself is what happens to it in these, not who speaks.
_PASSIVE = re.compile(
    r"\b(?:gepresenteerd|gepubliceerd|verschenen|uitgebracht|presented|published|released|geschreven door|lezen|vinden|read|find)\b",
    re.IGNORECASE,
)


_SAYS = re.compile(rf"{_SAYING}|proposes?|voorstel\w*|aankondig\w*|suggests?|plans?", re.IGNORECASE)


def is_saying(word: str) -> bool:
    """Whether a word says that somebody says, thinks or wants something."""
    return bool(_SAYS.fullmatch(word))


def _authorship(text: str, match: re.Match[str]) -> int:
    """Return how surely the name that was matched is the one whose words are asked for."""
    if _PASSIVE.search(text):
        return 0
    before = text[: match.start()]
    starts = not re.sub(r"(?i)^\W*(?:de|het|the)?\W*", "", before)
    if _BEFORE_SPEAKER.search(before) or starts:
        return _SPEAKS
    return _MAY_SPEAK if _BEFORE_AUTHOR.search(before) or _AFTER_AUTHOR.match(text[match.end() :]) else 0


def _speaking(found: Sequence[tuple[int, str, str, int]], text: str) -> list[tuple[int, str, str, int]]:
    """Return the names with those that only might speak let go where another surely does.

    In "Wat vindt VWN van het tussenverslag?" the tussenverslag is the topic; in "volgens VWN en de Raad van State" both speak.
    """
    sure = [(start, start + len(name)) for start, _, name, strength in found if strength == _SPEAKS]
    if not sure:
        return list(found)
    kept = []
    for start, ident, name, strength in found:
        joined = any(end <= start and _JOINED.match(text[end:start]) for _, end in sure)
        kept.append((start, ident, name, strength if strength == _SPEAKS or joined else 0))
    return kept


def speaker_names(speakers: Iterable[Speaker]) -> list[tuple[str, re.Pattern[str], Speaker, bool]]:
    """Return the names and hints by which speakers are called, the longest first."""
    names = [(name, s, False) for s in speakers for name in s.names]
    names += [(hint, s, True) for s in speakers for hint in s.hints]
    names.sort(key=lambda entry: -len(entry[0]))
    return [
        (name, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE), speaker, is_hint)
        for name, speaker, is_hint in names
    ]


def named_speakers(
    text: str, names: Sequence[tuple[str, re.Pattern[str], Speaker, bool]], speakers: Sequence[Speaker]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str], tuple[tuple[str, str], ...]]:
    """Return (speakers named, speakers whose words are asked for, the names that are therefore no topic, (hint, speaker) pairs).

    The pairs are of the speakers that are named by hints alone.
    """
    hints: list[tuple[str, str]] = []
    found: list[tuple[int, str, str, int]] = []
    taken = [False] * len(text)
    saying = bool(re.search(rf"\b{_SAYING}\b", text, re.IGNORECASE))
    for name, pattern, speaker, is_hint in names:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            strength = _authorship(text, match) if saying else 0
            found.append((match.start(), speaker.id, name, strength))
            if is_hint:
                hints.append((name, speaker.id))
    owner = next((speaker.id for speaker in speakers if speaker.owner), None)
    you = _OWNER_WORDS.search(text)
    if owner is not None and you is not None and all(f[3] < _SPEAKS for f in found):
        found.append((you.start(), owner, "", _SPEAKS if saying else _MAY_SPEAK))
    found = _speaking(found, text)
    mentioned = [(start, ident) for start, ident, _, _ in found]
    asked = [(start, ident) for start, ident, _, strength in found if strength]
    called = {(ident, name) for _, ident, name, _ in found}
    named = {ident for ident, name in called if (name, ident) not in hints}
    hinted = tuple(dict.fromkeys(pair for pair in hints if pair[1] not in named))
    return _in_order(mentioned), _in_order(asked), [name for _, _, name, strength in found if strength], hinted


def _in_order(found: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name in sorted(found)))

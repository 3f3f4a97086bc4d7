"""Dutch text analysis: from words as people type them to the terms that the index holds.

One analyser serves ingest and questions, so that both sides meet on the same terms. It folds case and accents, keeps
numbers, percentages and dates as terms of their own, keeps negation, and stems with Snowball Dutch.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from app.lexicon import frequencies

# Function words that carry no topic. Negation ("niet", "geen", "nooit", "zonder", "tegen") is not among them.
STOP_WORDS_NL = frozenset(
    """
    aan al alle alleen als alsnog andere anders bij daar daarbij daardoor daarom daarvan dan dat de deze die dit
    doen doet door dus echter een eens en enige er erg ervan even gaan gaat geweest had hadden haar heb hebben
    hebt heeft hem hen het hier hierin hij hoe hun iemand iets ik in is ja je jij jou jouw jullie kan kon konden
    kunnen kunt maar me mee meer met mij mijn moet moeten mocht mogen mag na naar nog nou nu of om omdat onder
    ons onze ook op over s t te toch toen tot u uit uw van veel via voor waar waarbij waardoor waarin waarmee
    waarom waarvan wanneer waren was wat we wel welk welke werd werden wie wij wil willen word worden wordt zal
    ze zei zich zij zijn zo zou zouden zulke zullen hoeveel hoezo graag eigenlijk precies toe af zeggen zegt
    gezegd vindt vinden vond schrijft schrijven staat staan geeft geven vertel vertellen denkt denken denk
    bedoelt bedoelen ie em t'
    """.split()
)
STOP_WORDS_EN = frozenset(
    """
    a about according all also an and any are as at be been being both but by can could did do does doing down
    for from further had has have having he her here hers him his how i if in into is it its itself just me more
    most my of off on once only or other our ours out over own same say says said she should so some such than
    that the their theirs them then there these they this those through to too under until up us very was we
    were what when where which while who whom why will with would you your yours think thinks view tell s t
    """.split()
)
# "erover", "daarvoor", "hiermee", "waartegen": the words that stand for a thing said before, or asked for.
_PRONOMINAL = frozenset(
    place + preposition
    for place in ("er", "daar", "hier", "waar")
    for preposition in "aan achter af bij binnen buiten door in langs mee na naar om onder op over tegen toe tussen uit van voor".split()
)
# Words that colour a question and say nothing of its topic: it is as if they had not been typed.
LIGHT_WORDS = _PRONOMINAL | frozenset(
    """
    straks allemaal eigenlijk gewoon juist enkel slechts ooit nog nou eens even wel toch misschien soms vaak altijd steeds weer
    opnieuw inmiddels momenteel tegenwoordig binnenkort meteen zelf zelfs zoal vooral bijna ongeveer best heel zeer erg nogal echt
    zomaar sowieso tja hoor eh ergens overal ineens alvast anders verder bovendien daarnaast bijvoorbeeld zoals elk elke ieder
    iedere iedereen allerlei bepaalde zelfde nu dan ooit momenteel zojuist straks bent was zouden waren after before during many
    long really actually ever still yet already even quite rather maybe perhaps currently nowadays please kindly exactly
    precisely itself themselves anyway also just anything something someone somebody every each much lot
    """.split()
)
# Verbs that need another word to say anything, and so say little in a question.
WEAK_WORDS = frozenset(
    """
    komen komt kwam gekomen krijgen krijgt kreeg gekregen nemen neemt nam genomen laten laat liet gelaten lopen loopt liep gelopen
    maken maakt maakte gemaakt houden houdt hield gehouden zetten zet zette gezet zitten zit zat gezeten liggen ligt lag gelegen
    blijven blijft bleef gebleven gebeuren gebeurt gebeurde gebeurd hoeven hoeft brengen brengt bracht gebracht halen haalt haalde
    gehaald stellen stelt stelde gesteld noemen noemt noemde genoemd raken raakt gelden geldt bestaan bestaat lijken lijkt spelen
    speelt proberen probeert happen happens happened get gets got make makes made take takes took taken keep keeps kept want wants
    need needs become becomes seem seems give gives put puts mean means meant happen come comes use used mention mentions mentioned
    """.split()
)
# Turns of phrase whose nouns are no topic: "in die zin" is not about a sentence, nor "in eerste instantie" about an institution.
_SET_PHRASES = """
    in het kader van/in die zin/in deze zin/in zekere zin/in voorgestelde zin/in de zin van/in eerste instantie/in tweede instantie
    in laatste instantie/op basis van/op grond van/met het oog op/in het licht van/ten aanzien van/met betrekking tot
    in verband met/naar aanleiding van/aan de hand van/ten behoeve van/ten opzichte van/door middel van/in plaats van
    op het gebied van/op het terrein van/in het geval van/in geval van/in het algemeen/over het algemeen/onder andere/onder meer
    in de praktijk/in beginsel/in principe/met name/met andere woorden/aan de ene kant/aan de andere kant/te allen tijde
    te allen tijd/tot slot/ten slotte/in ieder geval/in elk geval/op dit moment/op dat moment/voor zover/in de loop van
    in het bijzonder/ten koste van/ten gunste van/naar verwachting/ter zake/op de hoogte/in lijn met/hoe dan ook/wie dan ook/al dan niet/met ingang van
    aan de orde/in staat/op de een of andere manier/naast zich neer/in de rede/on the basis of/in the light of
    in light of/with regard to/with respect to/in terms of/in order to/as well as/in addition to/in general/in particular
    instead of/on behalf of/in the event of/in case of/for the purpose of
    """
_MONTHS = frozenset(
    """
    januari februari maart april mei juni juli augustus september oktober november december january february
    march may june july august october
    """.split()
)
_MONTHS_EN = {
    "january": "januari",
    "february": "februari",
    "march": "maart",
    "may": "mei",
    "june": "juni",
    "july": "juli",
    "august": "augustus",
    "october": "oktober",
}

# A word, a number with its separators, or a number with a percent sign. Linear: no nested quantifiers over the same signs.
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*\s?%|\d+(?:[.,:/]\d+)*(?!\w)|[^\W_]+(?:['’][^\W_]+)*-?")
_PERCENT_WORDS = frozenset({"procent", "percent", "percentage"})
_APOSTROPHE_ENDINGS = ("'s", "'tje", "'tjes", "'er", "'ers")
_LINKING = ("", "s", "en", "e", "n", "er")
# Pieces that are frequent as words but in a compound nearly always are an affix.
_AFFIXES = frozenset(
    """
    ver ont ge be her heid heden ing ingen lijk lijke baar bare schap loos loze zaam end ende aar ster isch isme
    iteit atie teit eren eer aal eel ief ten der den ter uit aan mis men per pro een het wel ren sen ken len den
    oor eur elen eren erend tie ties sie sies deren inter anti multi super
    """.split()
)
# Words of three letters that compounds end in; of the others, most are the tail of something else.
_SHORT_HEADS = frozenset({"wet", "eis", "hof", "pas"})
_NO_PARTS = _AFFIXES | STOP_WORDS_NL
_MIN_PART, _MIN_HEAD = 3, 4
_MIN_COMPOUND = 7
_SPLITS_KEPT = 20_000


def fold(text: str) -> str:
    """Return the text in lower case, without accents, with plain apostrophes and hyphens."""
    if text.isascii():
        return text.lower()
    text = text.replace("’", "'").replace("‘", "'").replace("‑", "-").replace("–", "-")
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


class Token(NamedTuple):
    """One word of a text: its folded form, the term it is indexed under, and its place in the folded word order."""

    surface: str
    term: str
    position: int

    @property
    def is_number(self) -> bool:
        """Whether the token starts with a digit ("2023", "14%", "3.2")."""
        return self.surface[0].isdigit()


_local = threading.local()
# Endings by which a word with "ge" in front is surely a participle ("gedetineerd", "gewijzigd").
_PARTICIPLE = ("eerd", "igd")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the Snowball Dutch stem of a folded word; numbers and short words stay as they are.

    The stemmer takes every "ge" in front for that of a participle; of most words it is part: "gezin" is not "zin", nor is
    "gemeente" "menen". Those keep it.
    """
    if len(word) < 3 or word[0].isdigit():
        return word
    stemmer = _stemmer("dutch")
    if word.startswith("ge") and not word.endswith(_PARTICIPLE):
        # "be" is never taken off, and changes nothing of the rest.
        return "ge" + str(stemmer.stemWord("be" + word[2:]))[2:]
    return str(stemmer.stemWord(word))


def matches(text: str) -> list[str]:
    """Return what looks like a word or a number in a folded text, in order: what ``words`` makes words of."""
    return _TOKEN.findall(fold(text))


def alone(match: str) -> str | None:
    """Return the content word that a match is in any company, "" where it is none, None where its neighbours tell.

    A text without a None, and without a word ``of_set_phrase``, has as its ``content`` just the words that are left: what
    analyses millions can look each up once.
    """
    word = _word(match)
    if word == "procent" or word in _MONTHS or word.endswith("%"):
        return None
    return "" if _says_nothing(word) else word


def _says_nothing(word: str) -> bool:
    return not word or word in STOP_WORDS_NL or (len(word) == 1 and not word.isdigit())


@lru_cache(maxsize=5_000)
def stem_english(word: str) -> str:
    """Return the Snowball English stem of a folded word of a question: "introduced" and "introduction" are "introduc"."""
    return word if len(word) < 3 or word[0].isdigit() else str(_stemmer("english").stemWord(word))


def _stemmer(language: str) -> Any:
    # A PyStemmer object is not safe to share between threads.
    stemmer = getattr(_local, language, None)
    if stemmer is None:
        import Stemmer

        stemmer = Stemmer.Stemmer(language)
        setattr(_local, language, stemmer)
    return stemmer


def words(text: str) -> list[str]:
    """Return the folded words and numbers of a text, in order, function words included.

    "azc's" becomes "azc", "14 procent" and "14 %" become "14%", an English month its Dutch name, and a hyphenated
    word its parts.
    """
    return _words(matches(text))


def _words(found: Sequence[str]) -> list[str]:
    """Return the words of a text that is given by its ``matches``."""
    joined: list[str] = []
    for match, word in zip(found, map(_word, found), strict=True):
        if word == "procent" and joined and joined[-1].isdigit() and match.rstrip("-") in _PERCENT_WORDS:
            joined[-1] += "%"
        elif word:
            joined.append(word)
    return joined


@lru_cache(maxsize=20_000)
def _word(match: str) -> str:
    """Return what ``_TOKEN`` found as the word it stands for."""
    word = match.rstrip("-").replace(" ", "").replace("\u00a0", "")
    if word in _PERCENT_WORDS:
        return "procent"
    for ending in _APOSTROPHE_ENDINGS:
        if word.endswith(ending):
            word = word[: -len(ending)]
    return _MONTHS_EN.get(word, word).strip("'")


_PHRASES_BY_WORD: dict[str, list[tuple[str, ...]]] = {}
for _phrase in _SET_PHRASES.replace("\n", "/").split("/"):
    if _phrase.strip():
        _PHRASES_BY_WORD.setdefault(_phrase.split()[0], []).append(tuple(_phrase.split()))
_LONGEST_PHRASE = max(len(phrase) for phrases in _PHRASES_BY_WORD.values() for phrase in phrases)
# The others of their words are stop words, wherever they stand.
_WORDS_OF_PHRASES = frozenset(_SET_PHRASES.replace("/", " ").split()) - STOP_WORDS_NL


def of_set_phrase(word: str) -> bool:
    """Whether a content word is one of those that set phrases are made of."""
    return word in _WORDS_OF_PHRASES


def _end_of_set_phrase(all_words: Sequence[str], position: int) -> int:
    """Return the position after the set phrase that begins here, or 0 where none does."""
    for phrase in _PHRASES_BY_WORD.get(all_words[position], ()):
        if tuple(all_words[position : position + len(phrase)]) == phrase:
            return position + len(phrase)
    return 0


def tokens(text: str) -> list[Token]:
    """Return the content words of a text; a date also gives a joined term ("10 december" -> "10_december").

    The words of set phrases ("in het kader van") are left out like stop words.
    """
    return [
        Token(surface, surface if joined else stem(surface), position)
        for surface, joined, position in content(matches(text))
    ]


def content(found: Sequence[str]) -> list[tuple[str, bool, int]]:
    """Return the content words of a text that is given by its ``matches``, with their places in the folded word order.

    A word that was joined of several, or taken out of one ("10_december", "procent" of "14%"), is its own term: True.
    """
    kept: list[tuple[str, bool, int]] = []
    all_words = _words(found)
    past = 0
    for position, word in enumerate(all_words):
        if word in _PHRASES_BY_WORD:
            past = max(past, _end_of_set_phrase(all_words, position))
        if position < past or _says_nothing(word):
            continue
        kept.append((word, False, position))
        if word in _MONTHS:
            before = all_words[position - 1] if position else ""
            after = all_words[position + 1] if position + 1 < len(all_words) else ""
            if before.isdigit() and len(before) <= 2:
                kept.append((f"{before}_{word}", True, position))
            if after.isdigit() and len(after) == 4:
                kept.append((f"{word}_{after}", True, position))
        elif word.endswith("%"):
            kept.append((word[:-1], True, position))
            kept.append(("procent", True, position))
    return kept


def terms(text: str) -> list[str]:
    """Return the index terms of a text, with repetition, in order."""
    return [token.term for token in tokens(text)]


def first_terms(text: str, most: int) -> list[str]:
    """Return the first ``most`` index terms of a text: what ``terms`` returns, without analysing the rest of it."""
    found = matches(text)
    # Half of the words say nothing, and what stands behind a word can change it, but no further than one set phrase goes.
    head = content(found[: 3 * most + _LONGEST_PHRASE])
    if len(head) <= most:
        head = content(found)
    return [surface if joined else stem(surface) for surface, joined, _ in head[:most]]


# Information in nats: at the least a word says nearly nothing, at the most all it can say.
_LEAST_NATS, _MOST_NATS = 5.5, 11.0
# A word this common is mostly one of its own, even where it could be split ("maatregel", "voorstel").
_COMMON = 9.6
_TELLING_PART = 5


@lru_cache(maxsize=20_000)
def _nats(word: str) -> float:
    return frequencies().get(("nl", word), _MOST_NATS)


def _tells(part: str) -> bool:
    return len(part) >= _TELLING_PART and _nats(part) < _MOST_NATS


class CompoundSplitter:
    """Splits Dutch compounds into words that ``known`` accepts, linking -s-, -en- and -e- undone.

    "grensdetentie" -> ("grens", "detentie"); a word that does not come apart gives ().
    """

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._cache: dict[str, tuple[str, ...]] = {}

    def split(self, word: str) -> tuple[str, ...]:
        """Return the parts of a folded word, at least two, or () where it is none."""
        if len(word) < _MIN_COMPOUND or not word.isalpha():
            return ()
        if (found := self._cache.get(word)) is None:
            if len(self._cache) >= _SPLITS_KEPT:
                self._cache.clear()
            found = self._cache[word] = self._split(word)
        return found

    def _split(self, word: str) -> tuple[str, ...]:
        best: tuple[tuple[int, int, float], tuple[str, ...]] | None = None
        known = self._known
        for cut in range(_MIN_PART, len(word) - _MIN_PART + 1):
            # Most tails are no words: this is asked of every place in every new word.
            tail = word[cut:]
            if not known(tail) or tail in _NO_PARTS or (len(tail) < _MIN_HEAD and tail not in _SHORT_HEADS):
                continue
            heads = self._heads(word[:cut])
            if not heads:
                continue
            parts = (*heads, tail)
            # Fewest parts first; among those the longest shortest part ("asiel|procedure" before "as|iel…"), then the
            # commonest words ("gezin|leden" before "gezin|sleden").
            rank = (len(parts), -min(map(len, parts)), sum(map(_nats, parts)))
            if best is None or rank < best[0]:
                best = (rank, parts)
        if best is None or (_nats(word) < _COMMON and not all(_tells(part) for part in best[1])):
            return ()
        return best[1]

    def _heads(self, head: str) -> tuple[str, ...]:
        """Return what stands before the last part, without its link: a word, or the parts of a compound; () where neither."""
        for link in _LINKING:
            if not head.endswith(link):
                continue
            stripped = head[: len(head) - len(link)]
            if len(stripped) >= _MIN_PART and self._is_part(stripped):
                # "persoons" is known too, but "persoon" is what people write.
                bare = stripped.removesuffix("s")
                plainer = len(bare) >= _MIN_PART and self._is_part(bare) and _nats(bare) < _nats(stripped)
                return (bare if plainer else stripped,)
        if len(head) >= _MIN_COMPOUND and (inner := self.split(head)):
            return inner
        return self.split(head[:-1]) if len(head) > _MIN_COMPOUND and head.endswith("s") else ()

    def narrows(self, word: str) -> bool:
        """Whether a folded word is a known one narrowed down by a word that is not: "klimaatvluchtelingen" among refugees."""
        if len(word) < _MIN_COMPOUND or not word.isalpha():
            return False
        for cut in range(_MIN_HEAD, len(word) - _MIN_HEAD + 1):
            heads = (word[:cut].removesuffix(link) for link in _LINKING if word[:cut].endswith(link))
            if self._is_part(word[cut:]) and any(
                _tells(head) and head not in _AFFIXES and not self._known(head) for head in heads
            ):
                return True
        return False

    def _is_part(self, part: str) -> bool:
        return self._known(part) and part not in _NO_PARTS


_lexicon_lock = threading.Lock()


def in_lexicon(word: str) -> bool:
    """Whether the Dutch lexicon of simplemma holds the word.

    The first call loads it (0.4 s, 5 MB); each takes some 20 microseconds, so look a whole vocabulary up in ``lexicon()``.
    """
    from simplemma import is_known

    with _lexicon_lock:
        return bool(is_known(word, lang="nl", low_memory=True))


@lru_cache(maxsize=1)
def lexicon() -> Callable[[str], bool]:
    """Return the same look-up for folded words as a set in memory (a second, 45 MB), kept until ``forget_lexicon``."""
    from simplemma.strategies import DefaultDictionaryFactory

    listed = list(DefaultDictionaryFactory(cache_max_size=1).get_dictionary("nl"))
    # As in simplemma, a word also counts where the lexicon has it with a capital.
    pairs = zip(listed, map(str.lower, listed), strict=True)
    return frozenset(low for word, low in pairs if word == low or word == low.capitalize()).__contains__


def forget_lexicon() -> None:
    """Let go of the set, for a process that goes on to serve."""
    lexicon.cache_clear()


_LEAST_SAYING, _WEAK_SAYING = 0.25, 0.1


def information(word: str, language: str) -> float:
    """Return how much a folded word says in general, 0.1 ("nemen") to 1 (a rare word, a name, a number)."""
    if word in WEAK_WORDS:
        return _WEAK_SAYING
    nats = frequencies().get((language, word), _MOST_NATS)
    return max(_LEAST_SAYING, min(1.0, (nats - _LEAST_NATS) / (_MOST_NATS - _LEAST_NATS)))


_EN_MARKERS = frozenset(
    """
    the what which who how is are does do did of and for with about say says view why when where was were has
    have can should would you your their on to by from it its this that many much than they there not an at as be if
    """.split()
)
_NL_MARKERS = frozenset(
    """
    de het een wat welke wie hoe is zijn doet van en voor met over zegt waarom wanneer waar was heeft kan moet
    jullie hun op naar door uit dit dat veel niet geen er te ook aan bij of als vindt vinden staat wordt worden dan ze zij
    """.split()
)


def detect_language(text: str) -> str:
    """Return "en" or "nl", by function words; Dutch where it cannot be told."""
    found = words(text)
    english = sum(word in _EN_MARKERS for word in found)
    dutch = sum(word in _NL_MARKERS for word in found)
    return "en" if english > dutch else "nl"

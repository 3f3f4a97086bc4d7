"""The closed classes of Dutch and English that a close reading of a sentence rests on."""

ARTICLES = {
    "de": "the", "het": "the", "the": "the", "een": "a", "a": "a", "an": "a",
    "deze": "this", "dit": "this", "this": "this", "these": "this", "those": "this",
}  # fmt: skip

POSSESSIVES = frozenset("mijn jouw uw zijn haar hun onze ons my your his her its their our".split())

_MODALS = {
    "kunnen": "kan kunnen kon konden kunt", "mogen": "mag mogen mocht mochten", "moeten": "moet moeten moest moesten",
    "zullen": "zal zullen", "zouden": "zou zouden", "willen": "wil willen wilde wilden", "hoeven": "hoeft hoeven hoefde hoefden",
    "be": "is zijn was waren bent ben geweest are were be been being", "have": "heeft hebben had hadden heb has have", "worden": "wordt worden werd werden",
    "can": "can", "could": "could", "may": "may", "might": "might", "must": "must", "should": "should", "will": "will",
    "would": "would", "want": "want wants wanted", "do": "do does did",
}  # fmt: skip

_MODAL_OF = {form: name for name, forms in _MODALS.items() for form in forms.split()}

AUXILIARIES = frozenset(_MODAL_OF)


def modal(folded: str) -> str | None:
    """Return the auxiliary verb that a word is a form of."""
    return _MODAL_OF.get(folded)


# What may be there or not without another meaning.
SKIPPED = frozenset(
    "er ook tevens verder daarnaast bovendien overigens echter te also moreover however furthermore namelijk immers there per".split()
)

# What the evidence may hold and a statement leave out.
INTENSIFIERS = frozenset(
    "heel zeer erg juist graag daarmee daardoor daarom dus tegelijkertijd nu now therefore very quite thus then".split()
)

# Prepositions whose phrase may stand at the front as well: it tells where, when or for whom.
MOVABLE = frozenset(
    "in op bij tijdens sinds vanaf tot na aan naar via tussen binnen voor volgens tegen over at on since during for by until under".split()
)

# Words that bind to what follows: a phrase behind them may not be moved, a stretch that holds them not be left out.
FOCUS = frozenset(
    """
    niet geen nooit niemand niets noch alleen slechts enkel uitsluitend pas vooral zelfs bijna nauwelijks not no never nobody
    nothing nor only even mainly almost hardly just alle alles allen elke iedere ieder iedereen sommige enkele meeste veel weinig
    beide all every each everyone everything some few most many little both none nowhere nergens ongeveer ruim circa about
    """.split()
)

PRONOUNS = {
    **{word: word for word in "wat wie die dat waar which who whom what that where hij dit deze this these those".split()},
    "zij": "zij", "ze": "zij", "they": "they", "he": "he", "she": "she", "it": "it",
}  # fmt: skip

SUBJECTS = frozenset("zij hij they he she it".split())

RELATIVE = frozenset("die dat wat wie waar zoals who which that what whose".split())

SPEAKING = frozenset("wij we ik".split())

PARTICLES = frozenset("aan af in uit op voor door mee toe tegen om onder bij na weg terug over".split())

REPORTING = {
    "nl": frozenset(
        "schrijft schrijven zegt zeggen stelt meldt vindt vinden noemt wijst benadrukt waarschuwt constateert merkt ziet zien".split()
    ),
    "en": frozenset(
        "says writes reports states notes finds argues warns stresses believes points emphasises observes".split()
    ),
}

# What may stand between the verb that reports and "dat".
ADDRESSING = frozenset("erop ervan ervoor op aan out".split())

# A proposition that is opened so is not said to be the case.
NOT_ASSERTED = frozenset(
    """
    als indien mits tenzij zodat opdat alsof zolang totdat wanneer zodra voordat nadat behalve
    waarbij waarin waarvan waarmee waarop waaraan waar where whereby wherein if unless until when once provided before after except
    """.split()
)

# What such a proposition goes with holds only under it.
CONDITIONAL = NOT_ASSERTED - frozenset(
    "zodat opdat waarbij waarin waarvan waarmee waarop waaraan waar where whereby wherein".split()
)

# One name for what opens a proposition in both languages.
OPENERS = {
    "indien": "als", "mits": "als", "if": "als", "provided": "als", "unless": "tenzij", "before": "voordat", "after": "nadat",
    "until": "totdat", "when": "wanneer", "once": "zodra", "except": "behalve", "because": "omdat", "doordat": "omdat",
    "want": "omdat", "while": "terwijl", "whereas": "terwijl", "although": "hoewel", "though": "hoewel", "ofschoon": "hoewel",
    "but": "maar",
}  # fmt: skip

TEMPORAL = ("calendar_year", "month_name", "day_of_month", "year", "month", "week", "day")

# Forms that a dictionary takes for verbs.
NO_VERBS = frozenset(
    "alleen tegen samen buiten binnen boven tussen hen een geen eigen open tien zeven negen dan aan men mensen".split()
)

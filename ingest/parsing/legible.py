"""Tells whether letters make words: the letters of a PDF whose character map is broken do not."""

import unicodedata
from collections import Counter

_FEWEST_LETTERS = 200
_LEAST_LIKE = 0.72
# How often each letter stands in Dutch and in English text, in percent, the mean of the two.
_USUAL = dict(
    zip(
        "etnaoirsdhlgvmukcwfbpyzjqx",
        (15.8, 7.9, 8.4, 7.8, 6.8, 6.7, 6.2, 5.0, 5.1, 4.2, 3.8, 2.7, 1.9, 2.3, 2.4, 1.5, 2.0, 1.9, 1.5, 1.5, 1.7, 1.0, 0.7, 0.8, 0.1, 0.1),
        strict=True,
    )
)  # fmt: skip


def is_gibberish(text: str) -> bool:
    """Whether most signs are of no alphabet, or the letters are not as frequent as those of a language.

    A text of fewer than 200 letters is judged by its signs alone.
    """
    signs = [sign for sign in text if not sign.isspace()]
    odd = sum(unicodedata.category(sign) in ("Co", "Cn", "Cc") or sign == "\ufffd" for sign in signs)
    if odd > 0.05 * len(signs) and odd > 5:
        return True
    letters = Counter(unicodedata.normalize("NFD", sign)[0] for sign in text.casefold() if sign.isalpha())
    total = letters.total()
    if total <= _FEWEST_LETTERS:
        return False
    latin = sum(times for letter, times in letters.items() if "a" <= letter <= "z")
    vowels = sum(letters[vowel] for vowel in "aeiouy")
    return latin < 0.6 * total or not 0.2 < vowels / total < 0.65 or _likeness(letters) < _LEAST_LIKE


def _likeness(letters: Counter[str]) -> float:
    """Return the cosine of the letters' frequencies and the usual ones: 0.9 and more for the languages of Europe."""
    product = sum(letters[letter] * usual for letter, usual in _USUAL.items())
    lengths = sum(letters[letter] ** 2 for letter in _USUAL) * sum(usual**2 for usual in _USUAL.values())
    return float(product / max(lengths, 1e-9) ** 0.5)

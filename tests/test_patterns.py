"""No regular expression of the service takes more than about linear time, whatever text it meets.

Every pattern that a module of ``app`` or ``ingest`` holds, or that stands as a literal in its code, is run on text that is made from the
pattern itself: what leads up to a repetition, a long run of what it repeats, and something that breaks the match. Time is
measured on the processor clock of the thread, and only the growth from one length to twice that length counts.
"""

import ast
import importlib
import pkgutil
import re
import re._constants as c
import re._parser as parser
import time
from dataclasses import fields, is_dataclass
from itertools import product
from pathlib import Path

import pytest

import app
import ingest
from ingest.reported import _patterns

ROOTS = (Path(app.__file__).parent, Path(ingest.__file__).parent)
subject, turns = _patterns("Raad van State")
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
# Patterns that are put together at run time, each from what a corpus or a constant holds and not from what a user types,
# or with what a user types escaped. Each has an instance of the kind below.
PUT_TOGETHER = {
    "ingest/reported.py": [pattern.pattern for pattern in (subject, *turns)],
    "ingest/sources.py": [r"^\s*\[\[\s*source\s*\]\]", r"^\s*(?:\[+\s*)?[\"']?title\b"],
    "app/retrieval/question.py": [r"(?i)\b" + re.escape("vluchtelingenwrk") + r"\b"],
    "app/retrieval/authorship.py": [r"(?<!\w)" + re.escape("Raad van State") + r"(?!\w)"],
}  # fmt: skip
# Doubling the text may triple the time; a pattern that tries every start against every end takes four times as long.
MOST_GROWTH = 3.3
SHORT, LENGTH = 16, 6_000
NOTICEABLE_S = 0.006
# What may take the square of its time, because of what it meets.
BOUNDED = {
    r"""[^\s(\[\"'‘“]+$""": "meets the last 24 characters before the end of a sentence",
    r"""[“\"„«‘]([^”\"»’]{3,})[”\"»’]""": "meets no user's text, but a line of a chat model, of at most 4,000 characters",
}


def modules():
    for root in ROOTS:
        for module in pkgutil.walk_packages([str(root)], f"{root.name}."):
            yield importlib.import_module(module.name)


def files():
    return sorted(path for root in ROOTS for path in root.rglob("*.py"))


def named(path):
    return path.relative_to(ROOTS[0].parent).as_posix()


def held(value, depth=0):
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for part in (*value.keys(), *value.values()):
            yield from held(part, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from held(part, depth + 1)
    elif depth < 4 and is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from held(getattr(value, part.name, None), depth + 1)


def calls(tree):
    """Yield the calls of functions of ``re`` that take a pattern."""
    for node in ast.walk(tree):
        is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS
        if is_method and ast.unparse(node.func.value) == "re":
            yield node


def in_code():
    """Yield (file, pattern) of each call of ``re`` in the code; pattern is None where it is put together at run time."""
    for path in files():
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            first = call.args[0]
            yield named(path), first.value if isinstance(first, ast.Constant) else None


SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in files())


def patterns():
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in held(value):
                if isinstance(pattern.pattern, str):
                    whole = f"{name}.fullmatch(" in SOURCE
                    found.setdefault((pattern.pattern, pattern.flags), (module.__name__, whole))
    in_bytes = (text.decode("latin-1") if isinstance(text, bytes) else text for _, text in in_code())
    texts = [(name, text, 0) for (name, _), text in zip(in_code(), in_bytes, strict=True) if text is not None]
    texts += [(name, text, re.IGNORECASE) for name, several in PUT_TOGETHER.items() for text in several]
    for name, text, flags in texts:
        compiled = re.compile(text, flags)
        found.setdefault((compiled.pattern, compiled.flags), (name, False))
    return [
        pytest.param(re.compile(text, flags), whole, id=f"{where}-{number}")
        for number, ((text, flags), (where, whole)) in enumerate(found.items())
        if text not in BOUNDED
    ]


SIGNS = {c.CATEGORY_DIGIT: "7", c.CATEGORY_SPACE: " ", c.CATEGORY_WORD: "a", c.CATEGORY_NOT_DIGIT: "a", c.CATEGORY_NOT_SPACE: "a",
         c.CATEGORY_NOT_WORD: "."}  # fmt: skip
EVERYDAY = "a7 .-'(é\n"


def of_class(items):
    """Return signs that a class takes, one of each of its parts."""
    negated = bool(items) and items[0][0] is c.NEGATE
    found = []
    for kind, value in items[1:] if negated else items:
        if kind is c.LITERAL:
            found.append(chr(value))
        elif kind is c.RANGE:
            found.extend({chr(value[0]), chr(value[1])})
        elif kind is c.CATEGORY:
            found.append(SIGNS[value])
    return [sign for sign in EVERYDAY if sign not in found] if negated else found


def example(tree):
    """Return one text that a parsed pattern takes, as near as is needed here."""
    text = ""
    for kind, value in tree:
        if kind is c.LITERAL:
            text += chr(value)
        elif kind is c.NOT_LITERAL:
            text += next(sign for sign in EVERYDAY if ord(sign) != value)
        elif kind is c.ANY:
            text += "a"
        elif kind is c.IN:
            text += (of_class(value) or ["a"])[0]
        elif kind is c.BRANCH:
            text += example(value[1][0])
        elif kind is c.SUBPATTERN:
            text += example(value[3])
        elif kind is c.ATOMIC_GROUP:
            text += example(value)
        elif kind in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            text += example(value[2]) * max(1, min(value[0], 3))
    return text


def repetitions(tree, before=""):
    """Yield (what leads up to it, what is repeated) of every repetition that may be long."""
    for place, (kind, value) in enumerate(tree):
        lead = before + example(tree[:place])
        if kind in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            if value[1] > 10:
                yield lead, value[2]
            yield from repetitions(value[2], lead)
        elif kind is c.SUBPATTERN:
            yield from repetitions(value[3], lead)
        elif kind is c.ATOMIC_GROUP:
            yield from repetitions(value, lead)
        elif kind is c.BRANCH:
            for branch in value[1]:
                yield from repetitions(branch, lead)
        elif kind in (c.ASSERT, c.ASSERT_NOT):
            yield from repetitions(value[1], lead)


def pumped(pattern):
    """Yield (before, repeated, after) of texts that make the pattern work hardest."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    found = {("", sign, after) for sign in EVERYDAY for after in ("", "\0")}
    for lead, repeated in repetitions(tree):
        signs = {example(repeated)}
        for kind, value in repeated:
            if kind is c.IN:
                signs.update(of_class(value)[:6])
        for start, sign, after in product({"", lead}, signs | {lead + example(repeated)}, ("", "\0", "a", " ")):
            found.add((start, sign, after))
    whole = example(tree)
    found.update({("", whole, ""), ("", whole[:-1], "\0"), ("", whole + " ", "\0")})
    return [(start, sign, after) for start, sign, after in sorted(found) if sign]


def took(pattern, whole, text):
    """Return the processor time of the ways in which a pattern meets a text, the least of three."""
    best = float("inf")
    for _ in range(3):
        started = time.thread_time()
        pattern.sub("", text)
        pattern.match(text)
        if whole:
            pattern.fullmatch(text)
        best = min(best, time.thread_time() - started)
        if best < NOTICEABLE_S / 4:
            break
    return best


def growth(pattern, whole, start, sign, after):
    """Return how much longer twice the text takes, at the least length where that is noticeable, or 0 where it never is."""

    def text(times):
        return start + sign * times + after

    # What grows exponentially shows here, and would never come back from the lengths below.
    early, later = took(pattern, whole, text(SHORT // 2)), took(pattern, whole, text(SHORT))
    if later > NOTICEABLE_S and later > 30 * early:
        return later / early
    times = 64
    while times * len(sign) <= LENGTH:
        twice = took(pattern, whole, text(2 * times))
        if twice > NOTICEABLE_S:
            return twice / took(pattern, whole, text(times))
        times *= 2
    return 0.0


@pytest.mark.parametrize(("pattern", "whole"), patterns())
def test_no_pattern_takes_much_more_than_twice_as_long_for_twice_the_text(pattern, whole):
    for start, sign, after in pumped(pattern):
        grown = growth(pattern, whole, start, sign, after)
        # Once more where another process may have been in the way.
        if grown > MOST_GROWTH:
            grown = min(grown, growth(pattern, whole, start, sign, after))
        assert grown <= MOST_GROWTH, f"{pattern.pattern!r} on {start!r} + {sign!r} * n + {after!r}: {grown:.1f} times"


@pytest.mark.parametrize("bad", [r"(a+)+$", r"(?:a|a)*b", r"\w+\s*\w+!", r"a*b", r"\s+$", r"^(\w+\s?)*$"])
def test_patterns_that_are_known_to_be_slow_are_found(bad):
    pattern = re.compile(bad)
    assert any(growth(pattern, True, *text) > MOST_GROWTH for text in pumped(pattern)), bad


def test_every_pattern_that_is_put_together_at_run_time_is_known():
    # Those of a whole module are run as they are.
    found = {
        named(path)
        for path in files()
        for outer in ast.parse(path.read_text(encoding="utf-8")).body
        if not isinstance(outer, ast.Assign | ast.AnnAssign)
        for call in calls(outer)
        if not isinstance(call.args[0], ast.Constant)
    }
    assert found == set(PUT_TOGETHER)

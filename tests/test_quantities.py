from decimal import Decimal

import pytest

from app.answering.quantities import conflicting, quantities
from app.answering.words import read_words


def read(text, language="nl"):
    return [(n.value, n.kind) for n in quantities([word.folded for word in read_words(text, language, frozenset())])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14%", [(14, "%")]),
        ("14 procent", [(14, "%")]),
        ("14 procentpunt", [(14, "points")]),
        ("4 percentage points", [(4, "points")]),
        ("€ 60.000 per jaar", [(60000, "euro/year")]),
        ("60.000 euro per maand", [(60000, "euro/month")]),
        ("2,5 miljoen euro", [(Decimal("2500000.0"), "euro")]),
        ("vier jaar", [(4, "year")]),
        ("drieëntwintig weken", [(23, "week")]),
        ("twenty-three weeks", [(23, "week")]),
        ("twee derde van de woningen", [(66, "%")]),
        ("de helft", [(50, "%")]),
        ("in 2024", [(2024, "calendar_year")]),
        ("1 juli 2025", [(1, "day_of_month"), (7, "month_name"), (2025, "calendar_year")]),
        ("1 July 2025", [(1, "day_of_month"), (7, "month_name"), (2025, "calendar_year")]),
        ("1.500 plekken", [(1500, "count")]),
        ("acht kinderen", [(8, "count")]),
        ("wij achten het nodig", []),
        ("de raad acht het nodig", []),
        ("een huis", []),
        ("this may help", []),
        ("vanaf maart", [(3, "month_name")]),
    ],
)
def test_a_number_is_read_with_its_unit(text, found):
    assert read(text) == [(Decimal(value), kind) for value, kind in found]


@pytest.mark.parametrize(
    ("text", "strict", "loose"),
    [
        ("ruim 500 plekken", {"over"}, set()),
        ("meer dan 500 plekken", {"over"}, set()),
        ("bijna de helft", {"almost"}, set()),
        ("hooguit 3 jaar", {"at_most"}, set()),
        ("tot 2027", set(), {"to"}),
        ("vanaf 2027", set(), {"from"}),
        ("voor 1", set(), {"before"}),
        ("2,50 euro minder", {"so much less"}, set()),
    ],
)
def test_what_stands_before_a_number_is_read_with_it(text, strict, loose):
    [number] = quantities([word.folded for word in read_words(text, "nl", frozenset())])
    assert (number.strict, number.loose) == (strict, loose)


def test_until_and_from_conflict_and_nothing_conflicts_with_either():
    assert conflicting(frozenset({"to"}), frozenset({"from"}))
    assert not conflicting(frozenset(), frozenset({"from"}))

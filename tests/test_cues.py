"""What kind of sentence a question wants, and which sentences are of that kind."""

import pytest

from app.retrieval import cues


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Waarom is VWN tegen detentie?", "reason"), ("Why are procedures slow?", "reason"),
        ("Wat vindt VWN van het Pact?", "stance"), ("What is VWN's view?", "stance"),
        ("Moet dat van Europa?", "duty"), ("Is it allowed?", "duty"),
        ("Wat is het non-refoulementbeginsel?", "definition"), ("Wat doet het verdrag?", "definition"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_the_words_that_ask(question, kind):
    assert kind in cues.seeks(question)


def test_a_bare_topic_seeks_nothing_in_particular():
    assert cues.seeks("spreidingswet noodopvang") == frozenset()


def test_signs_count_only_where_they_are_sought():
    sentence = "Dat komt doordat de wachttijden oplopen."
    assert cues.reason(frozenset({"reason"}), sentence) == 1.0
    assert cues.reason(frozenset(), sentence) == 0.0
    assert cues.reason(frozenset({"reason"}), "De opvang telt tien bedden.") == 0.0


def test_judging_and_obliging_sentences_are_told_from_plain_ones():
    plain = "De vergadering begon om negen uur."
    assert cues.stance(frozenset({"stance"}), "Wij vinden dit schadelijk.") == 1.0
    assert cues.duty(frozenset({"duty"}), "Zorg dat de opvang blijft.") == 1.0
    assert cues.stance(frozenset({"stance"}), plain) == cues.duty(frozenset({"duty"}), plain) == 0.0


def test_a_definition_begins_with_the_thing():
    forms = frozenset({"verdrag"})
    assert cues.definition(frozenset({"definition"}), "Het verdrag beschermt mensen.", forms) == 1.0
    late = "In de afgelopen jaren hebben landen onderling gesproken over het verdrag."
    assert cues.definition(frozenset({"definition"}), late, forms) == 0.0

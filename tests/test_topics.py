"""The same thing asked in other words is one topic."""

from app.records import AskedQuestion
from app.topics import topics


def asked(*texts, language="nl", status="not_found"):
    return [
        AskedQuestion(f"a{place}", 0.0, text, language, status, "extractive", False, "v1")
        for place, text in enumerate(texts)
    ]


def groups(questions, names=()):
    return sorted(sorted(q.question for q in topic.questions) for topic in topics(questions, names))


def test_the_same_question_in_other_words_is_one_topic():
    same = [
        "Wat vindt u van huurtoeslag?",
        "Krijg ik huurtoeslag?",
        "huurtoeslag aanvragen",
        "Hoe werkt de HUURTOESLAG",
    ]
    assert groups(asked(*same, "Wat kost een paspoort?")) == sorted([["Wat kost een paspoort?"], sorted(same)])


def test_typing_errors_and_endings_make_no_new_topic():
    same = ["Wat zegt de brief over kernenergie?", "kernenrgie", "standpunt kernenergie"]
    assert len(topics(asked(*same))) == 1
    assert len(topics(asked("zelfstandige terugkeerverordening", "zelfstandige terugkeerverordeningen"))) == 1


def test_who_is_asked_is_no_topic():
    questions = asked("Wat vindt VWN van kernenergie?", "Wat vindt VWN van huurtoeslag?", "Wat vindt VWN?")
    assert len(topics(questions, names={"vwn"})) == 3
    assert topics(questions, names={"vwn"})[0].label in ("kernenergie", "huurtoeslag", "vwn")


def test_different_things_stay_apart():
    questions = asked(
        "Mag ik werken?", "Mag ik studeren?", "Erkenningspercentage in Griekenland", "Erkenningspercentage in Polen"
    )
    assert len(topics(questions)) == 4


def test_a_topic_has_the_words_and_the_question_asked_most():
    [topic] = topics(asked("Krijg ik huurtoeslag?", "Krijg ik  huurtoeslag?", "huurtoeslag aanvragen"))
    assert topic.label.split(", ")[0] == "huurtoeslag"
    assert topic.example == "Krijg ik huurtoeslag?"


def test_english_questions_are_read_as_english():
    [topic] = topics(asked("What does the letter say about nuclear power?", "nuclear power", language="en"))
    assert set(topic.label.split(", ")) == {"nuclear", "power"}


def test_questions_without_a_word_that_says_anything_are_one_topic():
    [topic] = topics(asked("Wat is dat?", "En dit dan?"))
    assert topic.label
    assert topics([]) == []


def test_thousands_of_questions_lose_none():
    questions = asked(*(f"vraag over onderwerp{number % 700}x en zaak{number % 3}" for number in range(7_000)))
    assert sum(len(topic.questions) for topic in topics(questions)) == 7_000

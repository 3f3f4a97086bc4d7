"""Lines of the log are JSON, one a line, short, and give nothing away."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NoIndexError, QuestionError
from app.logs import JsonFormatter, described

SECRET = "Mag mijn buurvrouw Jansen blijven?"


def line(message, *args, error=None, **fields):
    record = logging.LogRecord(
        "app.test",
        logging.INFO,
        __file__,
        1,
        message,
        args,
        (type(error), error, error.__traceback__) if error else None,
    )
    record.fields = fields
    return JsonFormatter().format(record)


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_line_says_when_where_and_what():
    parsed = json.loads(line("%d sources", 3, took_ms=6.1, degraded=False, missing=None))
    assert parsed.pop("time").endswith("Z")
    assert parsed == {"level": "info", "logger": "app.test", "message": "3 sources", "took_ms": 6.1, "degraded": False}


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_logged_stays_one_line_of_plain_signs(message, value):
    said = line("%s", message, request_id=value)
    assert said.isascii()
    assert said.isprintable()
    assert json.loads(said)["request_id"] == value


@pytest.mark.parametrize(
    "bad", ["\n{}", "\r\n", "\x1b[2J\x1b[31m", "\x9b31m", "\u2028", "\u202e", "\0", "\x7f", '","level":"debug']
)
def test_nothing_breaks_out_of_its_field(bad):
    said = line("m", request_id=bad)
    assert "\n" not in said
    assert said.isprintable()
    assert said.isascii()
    assert json.loads(said) | {"time": ""} == {
        "time": "", "level": "info", "logger": "app.test", "message": "m", "request_id": bad,
    }  # fmt: skip


def test_huge_values_are_cut():
    said = line("x" * 1_000_000, **{f"field{n}": "y" * 100_000 for n in range(100)})
    assert len(said) < 60_000
    assert json.loads(said)["message"].endswith("(1000000 characters)")


def test_a_message_that_does_not_fit_its_arguments_is_logged_all_the_same():
    assert json.loads(line("%d and %d", "one"))["message"] == "%d and %d"


def test_an_error_says_its_kind_and_places_and_not_what_was_asked():
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise KeyError(SECRET) from cause
    except KeyError as caught:
        said = line("request", error=caught)
    first, second = json.loads(said)["error"]
    assert (first["kind"], second["kind"]) == ("KeyError", "ValueError")
    assert any("test_logs.py" in place for place in first["at"])
    assert SECRET not in said


def test_our_own_errors_and_the_systems_say_themselves_but_one_that_may_quote_a_question():
    assert described(raised(NoIndexError("There is no index yet.")))[0]["message"] == "There is no index yet."
    assert "No space left" in described(raised(OSError(28, "No space left on device")))[0]["message"]
    assert "message" not in described(raised(QuestionError(SECRET)))[0]


def test_errors_that_cause_each_other_end():
    one, two = raised(ValueError("a")), raised(KeyError("b"))
    one.__cause__, two.__cause__ = two, one
    assert len(described(one)) == 2


def test_configuring_replaces_every_handler_and_silences_the_servers_access_log():
    import subprocess
    import sys

    code = (
        "import logging, io, warnings\n"
        "logging.getLogger('uvicorn.access').addHandler(logging.StreamHandler())\n"
        "from app.logs import configure_logging\n"
        "configure_logging('info')\n"
        "logging.getLogger('uvicorn.access').info('127.0.0.1 GET /v1/ask?q=geheim')\n"
        "logging.getLogger('uvicorn.error').error('broken')\n"
        "logging.getLogger('httpx').info('POST geheim')\n"
        "logging.getLogger('app.service').info('moved')\n"
        "warnings.warn('old')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    messages = [json.loads(said) for said in done.stdout.splitlines()]
    assert [said["message"].split("\n")[0] for said in messages][:2] == ["broken", "moved"]
    assert [said["logger"] for said in messages] == ["uvicorn.error", "app.service", "py.warnings"]
    assert done.stderr == ""


def test_a_stream_that_is_gone_does_not_stop_the_work():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("app.gone")
    logger.addHandler(handler)
    stream.close()
    before, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        logger.warning("into nothing")
    finally:
        logging.raiseExceptions = before

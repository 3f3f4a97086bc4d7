"""The OpenAPI document is kept: the short form of ``make fuzz``."""

import pytest

from app.main import create_app
from app.problems import REFUSALS
from app.settings import Settings
from tests.fuzzing import run


def test_whatever_is_asked_is_answered_as_the_document_says(letter_index, tmp_path):
    results = run(letter_index, tmp_path / "access", cases=240, derandomize=True)
    failures = [f"{result.label}: {text}" for result in results for text in result.failures]
    assert not failures, "\n\n".join(failures)
    asked = {result.label.split(" ")[1] for result in results}
    assert {"/v1/ask", "/v1/search", "/v1/documents/{document_id}", "/v1/chat/completions", "/v1/token"} <= asked
    answered = {result.label for result in results if result.statuses[200]}
    assert {"POST /v1/ask as people ask", "GET /documents/{document_id} of a document"} <= answered
    assert {"POST /v1/token as people ask", "POST /v1/chat/completions as people ask"} <= answered


@pytest.fixture(scope="module")
def document():
    return create_app(Settings(access="keys")).openapi()


def test_the_document_names_every_refusal(document):
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status in REFUSALS:
                assert "application/problem+json" in operation["responses"][str(status)]["content"], (path, status)


def test_the_document_says_where_a_key_is_needed(document):
    assert document["paths"]["/v1/ask"]["post"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "securitySchemes" not in create_app(Settings()).openapi()["components"]

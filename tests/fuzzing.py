"""Asks the service whatever its OpenAPI document allows, and whatever it forbids: ``make fuzz`` for the long form.

Prints how many requests were sent to each operation, what they were answered with, and every response that is not as the
document says. Ends with status 1 where there is one.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.errors import FailureGroup

from app.access.keys import KeyStore
from app.access.rules import PERMISSIONS
from app.embedding import load_embedder
from app.main import create_app
from app.settings import Settings
from ingest.pipeline import ingest_corpus
from tests.serving import served

ROOT = Path(__file__).parent.parent
PATHS = r"^/($|v1/|documents/|(healthz|readyz|embed|widget\.js|privacy|metrics)$)"
ORIGIN = "https://intranet.example"
# What a schema cannot say is refused all the same: a question without a word in it, a speaker that there is not.
# Bodies over the limit are refused for their size, whatever else is wrong with them.
_LEFT_OUT = ("positive_data_acceptance",)
_TOO_LARGE = 413
# There is little to vary in a request without parameters.
_MOST_OF_ONE_KIND = 50
# What a schema leads to by chance too seldom.
_AS_PEOPLE_ASK = {
    "/v1/ask": {"question": "Wat zegt VWN over de Spreidingswet?"},
    "/v1/search": {"query": "Spreidingswet"},
    "/v1/token": {"origin": ORIGIN},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Wat zegt VWN over de Spreidingswet?"}]},
}


@dataclass(slots=True)
class Fuzzed:
    """What came of one way to ask one operation."""

    label: str
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return self.statuses.total()


def fuzz(
    address: str, headers: dict[str, str], examples: int, *, derandomize: bool = False, paths: str = PATHS
) -> Iterator[Fuzzed]:
    """Send up to ``examples`` requests in each way to each operation whose path fits ``paths``."""
    load_all_checks()
    session = requests.Session()
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", headers=headers).include(path_regex=paths)
    for found in schema.get_all_operations():
        operation = found.ok()
        # The key is given: whether one is needed is checked apart, by leaving it out.
        ways = {
            "as documented": operation.as_strategy(generation_mode=GenerationMode.POSITIVE, headers=headers),
            "as forbidden": operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, headers=headers),
        }
        if "{document_id}" in operation.path:
            ways["of a document"] = operation.as_strategy(
                path_parameters={"document_id": "brief-2025-12"}, headers=headers
            )
        if operation.path in _AS_PEOPLE_ASK:
            ways["as people ask"] = operation.as_strategy(body=_AS_PEOPLE_ASK[operation.path], headers=headers)
        for way, strategy in ways.items():
            result = Fuzzed(f"{operation.label} {way}")
            varied = way != "as people ask" and any((*operation.body, *operation.query, *operation.path_parameters))
            most = examples if varied else min(examples, _MOST_OF_ONE_KIND)
            try:
                _send(strategy, lambda case, result=result: _check(case, session, headers, result), most, derandomize)
            except Unsatisfiable:
                # An operation without parameters cannot be asked in a forbidden way.
                continue
            yield result


def _send(
    strategy: SearchStrategy, once: Callable[[schemathesis.Case], None], examples: int, derandomize: bool
) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=derandomize,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=strategy)
    def each(case: schemathesis.Case) -> None:
        once(case)

    each()


def _check(case: schemathesis.Case, session: requests.Session, headers: dict[str, str], result: Fuzzed) -> None:
    response = case.call(session=session, headers=headers)
    result.statuses[response.status_code] += 1
    left_out = [*_LEFT_OUT, "negative_data_rejection"] if response.status_code == _TOO_LARGE else _LEFT_OUT
    try:
        case.validate_response(response, excluded_checks=CHECKS.get_by_names(list(left_out)))
    except FailureGroup as error:
        text = "; ".join(str(failure) for failure in error.exceptions)[:1_500]
        result.failures[text] = result.failures.get(text, 0) + 1


def main() -> int:
    """Run the long form on a service of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="requests in all, at least")
    parser.add_argument("--paths", default=PATHS, help="regular expression of the paths to ask")
    given = parser.parse_args()
    cases = given.cases
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        ingest_corpus(ROOT / "corpus", index, load_embedder())
        results = run(index, Path(folder) / "access", cases, paths=given.paths)
    total = sum(result.cases for result in results)
    failures = sum(len(result.failures) for result in results)
    took = time.monotonic() - started
    print(f"{total} cases passed through, {failures} kinds of failure, {took:.0f} s")
    return int(bool(failures) or total < cases)


def run(index: Path, access: Path, cases: int, *, derandomize: bool = False, paths: str = PATHS) -> list[Fuzzed]:
    """Fuzz a service with keys until at least ``cases`` requests were sent."""
    store = KeyStore.open(access)
    key = store.add("fuzzing", PERMISSIONS)
    store.close()
    chosen = Settings(
        index_dir=index, access_dir=access, access="keys", origins=(ORIGIN,), key_per_minute=0, address_per_minute=0
    )
    results: list[Fuzzed] = []
    with served(create_app(chosen)) as address:
        while sum(result.cases for result in results) < cases:
            missing = cases - sum(result.cases for result in results)
            examples = max(20, missing // 13)
            for result in fuzz(
                address, {"Authorization": f"Bearer {key}"}, examples, derandomize=derandomize, paths=paths
            ):
                results.append(result)
                print(f"{result.label}: {result.cases} {dict(sorted(result.statuses.items()))}", flush=True)
                for text, count in result.failures.items():
                    print(f"  {count} times: {text}", flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())

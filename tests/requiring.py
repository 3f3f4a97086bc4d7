"""Where every check is to be made (BRIEFWIJZER_REQUIRE_ALL), a test that is skipped has failed."""

import os

import pytest

VARIABLE = "BRIEFWIJZER_REQUIRE_ALL"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail a test that is skipped, with its reason, unless it is marked as one that may be."""
    report = yield
    is_skipped = report.skipped and not hasattr(report, "wasxfail")
    if is_skipped and os.environ.get(VARIABLE) and item.get_closest_marker("may_be_skipped") is None:
        _, _, reason = report.longrepr
        report.outcome, report.longrepr = "failed", f"{VARIABLE} is set, so this may not be skipped. {reason}"
    return report

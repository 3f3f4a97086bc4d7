"""Asks whether vulnerabilities are known of what is installed here: pip-audit, where its service can be reached.

Ends with status 1 and a line for each that is known. Where nobody answers within some seconds it says so and ends well, because
every other check works offline.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# Ids of vulnerabilities that do not touch this service, each with the reason.
ACCEPTED: dict[str, str] = {}
_CALL_S = 4
_IN_ALL_S = 90


def known(report: dict[str, Any]) -> list[str]:
    """Return a line for each vulnerability in pip-audit's report that is not accepted."""
    return [
        f"{package['name']} {package['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for package in report["dependencies"]
        for found in package.get("vulns", [])
        if not {found["id"], *found.get("aliases", [])} & ACCEPTED.keys()
    ]


def audited(command: list[str], folder: Path) -> dict[str, Any] | str:
    """Run pip-audit; return its report, or why there is none."""
    report = folder / "audit.json"
    whole = [
        *command,
        "--skip-editable",
        "--progress-spinner",
        "off",
        "--timeout",
        str(_CALL_S),
        "-f",
        "json",
        "-o",
        str(report),
    ]
    try:
        done = subprocess.run(whole, capture_output=True, text=True, timeout=_IN_ALL_S, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {_IN_ALL_S} s"
    try:
        return dict(json.loads(report.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return (done.stderr.strip().splitlines() or [f"pip-audit ended with status {done.returncode}"])[-1][:300]


def main(command: list[str]) -> int:
    """Ask, print, return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = audited(command, Path(folder))
    looked_up = 0 if isinstance(report, str) else sum("vulns" in package for package in report["dependencies"])
    if isinstance(report, str) or not looked_up:
        # A mirror may hand out packages and know nothing of what was found in them.
        why = report if isinstance(report, str) else "what answers there knows none of the packages"
        sys.stdout.write(f"skipped: pip-audit needs its service on the network, which could not be asked ({why})\n")
        return 0
    lines = known(report)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    if lines:
        sys.stdout.write("Raise the pin, or add the id and a reason to ACCEPTED in scripts/vulnerabilities.py.\n")
        return 1
    sys.stdout.write(f"{looked_up} of {len(report['dependencies'])} packages looked up, no vulnerability known\n")
    return 0


if __name__ == "__main__":
    sys.exit(main([sys.executable, "-m", "pip_audit"]))

"""Checks the licence of everything that requirements.txt brings along, by what the installed packages say: no network.

Ends with status 1 and a line for each package whose licence is not on the list, or that says none that is known.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from license_expression import LicenseExpression, get_spdx_licensing
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
ALLOWED = frozenset(
    """0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CNRI-Python ISC MIT MIT-0 MIT-CMU MPL-2.0 PSF-2.0 Python-2.0
    Unlicense Zlib""".split()
)
# Packages that say it in another way, or whose licence is not on the list, each with the reason why it will do.
EXCEPTIONS = {
    "pypdfium2": "BSD-3-Clause and Apache-2.0 by its own words; the rest is that of the libraries inside PDFium, all permissive",
    "tld": "MPL-1.1 or GPL-2.0 or LGPL-2.1 at choice; used unchanged under MPL-1.1, which binds its own files alone",
}
_SPDX = get_spdx_licensing()
# What stands in older metadata, in lower case and without "license" and what surrounds it.
_NAMES = {
    "mit": "MIT", "isc": "ISC", "iscl": "ISC", "bsd": "BSD-3-Clause", "3-clause bsd": "BSD-3-Clause", "bsd 2-clause": "BSD-2-Clause",
    "apache": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache version 2.0": "Apache-2.0", "apache software": "Apache-2.0",
    "python software foundation": "PSF-2.0", "mozilla public 2.0": "MPL-2.0",
}  # fmt: skip
_NOISE = re.compile(r"\(mpl 2\.0\)|\(iscl\)|\blicen[cs]e\b|\bthe\b|[(),]")


def allows(expression: str) -> bool:
    """Return whether an SPDX expression can be met by allowed licences alone: all of AND, one of OR."""
    try:
        parsed = _SPDX.parse(expression, validate=True, strict=True)
    except Exception:
        return False
    return parsed is not None and _holds(parsed)


def _holds(part: LicenseExpression) -> bool:
    if isinstance(part, _SPDX.AND):
        return all(_holds(one) for one in part.args)
    if isinstance(part, _SPDX.OR):
        return any(_holds(one) for one in part.args)
    # An exception (WITH) only ever allows more.
    key = getattr(part, "license_symbol", part).key
    return key in ALLOWED


def named(text: str) -> str:
    """Return the SPDX id of a licence as older metadata names it, or the text as it is."""
    plain = " ".join(_NOISE.sub(" ", text.lower()).split())
    return _NAMES.get(plain, text)


def stated(package: Distribution) -> list[str]:
    """Return the licences that a package states, all of which hold: its expression, its short name, or its classifiers."""
    if expression := package.metadata.get("License-Expression"):
        return [expression]
    short = (package.metadata.get("License") or "").strip()
    if 0 < len(short) <= 60 and "\n" not in short:
        return (
            [" AND ".join(named(one.strip()) for one in short.split(","))]
            if "version" not in short.lower()
            else [named(short)]
        )
    classifiers = [c for c in package.metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    if classifiers:
        return [named(classifier.split(" :: ")[-1]) for classifier in classifiers]
    # The whole text of a licence: its first words name it.
    return [named(short.splitlines()[0].strip())] if short else []


def refused(packages: Iterable[Distribution]) -> Iterator[str]:
    """Yield a line for each package that will not do."""
    for package in packages:
        name = canonical(package.name)
        says = stated(package)
        if name not in EXCEPTIONS and not (says and all(allows(one) for one in says)):
            yield f"{name} {package.version}: {' AND '.join(says) or 'states no licence'}"


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(lines: Iterable[str]) -> list[Distribution]:
    """Return the installed packages that requirements name, and all that these need in turn."""
    waiting = [Requirement(line) for line in map(str.strip, lines) if line and line[0] not in "#-"]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            if (canonical(wanted.name), extra) in seen:
                continue
            seen.add((canonical(wanted.name), extra))
            try:
                package = found.setdefault(canonical(wanted.name), distribution(wanted.name))
            except PackageNotFoundError:
                continue
            needs = (Requirement(need) for need in package.requires or [])
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return sorted(found.values(), key=lambda package: canonical(package.name))


def main() -> int:
    """Check, print, return the exit status."""
    packages = installed((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    wrong = list(refused(packages))
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    if wrong:
        sys.stdout.write("Take another package, or add the name and a reason to EXCEPTIONS in scripts/licences.py.\n")
        return 1
    sys.stdout.write(f"{len(packages)} packages, all under licences that are allowed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

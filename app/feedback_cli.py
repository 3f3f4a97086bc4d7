"""``briefwijzer feedback``: lists and exports what people thought of answers."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.report_cli import printable

if TYPE_CHECKING:
    from app.records import Feedback

_MOST_SHOWN = 50
# What a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def feedback(
    since: Annotated[
        str | None, typer.Option("--since", metavar="PERIOD", help="Days (30d), weeks (12w), or a day (2026-01-31).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as a JSON list.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all of it for a spreadsheet.")
    ] = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
    ] = None,
) -> None:
    """Show what people thought of answers, the latest first."""
    from app.periods import since as beginning
    from app.records import Records
    from app.settings import Settings

    settings = Settings.load(index_dir=index)
    start = beginning(since, datetime.now(UTC)) if since else 0.0
    records = Records(settings.state_folder)
    records.purge(settings.question_retention_days, settings.feedback_retention_days)
    found = records.feedback(start)[::-1]
    if as_json:
        sys.stdout.write(json.dumps([_plain(given) for given in found], ensure_ascii=False, indent=1) + "\n")
    if csv is not None:
        _write_csv(found, csv)
    if as_json or csv is not None:
        return
    if not found:
        sys.stderr.write(
            "There is no feedback yet.\n" if settings.feedback else "Feedback is off: BRIEFWIJZER_FEEDBACK.\n"
        )
        return
    _print(found)


def _plain(given: "Feedback") -> dict[str, Any]:
    plain = asdict(given)
    for name in ("given_at", "answered_at"):
        plain[name] = datetime.fromtimestamp(plain[name], UTC).isoformat(timespec="seconds")
    return plain


def _write_csv(found: Sequence["Feedback"], path: Path) -> None:
    from csv import writer

    from app.errors import StateError

    names = [
        "given_at",
        "verdict",
        "remark",
        "question",
        "status",
        "mode",
        "language",
        "index_version",
        "answer",
        "citations",
    ]
    try:
        # With a byte order mark: spreadsheets take the file for another character set without one.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = writer(file)
            rows.writerow(names)
            for given in found:
                plain = _plain(given)
                plain["citations"] = " ".join(f"{c.document_id}@{c.rev}:{c.start}-{c.end}" for c in given.citations)
                rows.writerow([_cell(plain[name]) for name in names])
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error}).") from error
    sys.stderr.write(f"{path}: {len(found)} rows.\n")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _print(found: Sequence["Feedback"]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    up = sum(given.verdict == "up" for given in found)
    console = Console()
    console = console if console.is_terminal else Console(width=160)
    console.print(f"{len(found)} answers rated: {up} up, {len(found) - up} down.", highlight=False)
    table = Table("given", "verdict", "status", "remark", "question", "cited", show_edge=False)
    for given in found[:_MOST_SHOWN]:
        cited = dict.fromkeys(cited.document_id for cited in given.citations)
        table.add_row(
            _plain(given)["given_at"][:16].replace("T", " "), given.verdict, given.status, Text(printable(given.remark or "")),
            Text(printable(given.question or "")), Text(", ".join(cited)),
        )  # fmt: skip
    console.print(table)
    if len(found) > _MOST_SHOWN:
        console.print(f"and {len(found) - _MOST_SHOWN} more: --json or --csv shows all.")

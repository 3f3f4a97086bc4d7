"""``briefwijzer report``: what is asked and not found, so that staff know which source to add."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from app.report import Report
    from app.settings import Settings

_MOST_TOPICS = 25
_BAR_WIDTH = 40
_LONGEST_EXAMPLE = 80

SinceOption = Annotated[
    str, typer.Option("--since", metavar="PERIOD", help="Days (30d), weeks (12w), or a day (2026-01-31).")
]


def report(
    since: SinceOption = "30d",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with a chart, which needs nothing beside it."),
    ] = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
    ] = None,
) -> None:
    """Show what was asked and not found, by topic and by week, from the questions that were kept."""
    from app.settings import Settings

    settings = Settings.load(index_dir=index)
    made = _report(settings, since)
    if as_json:
        sys.stdout.write(json.dumps(asdict(made), ensure_ascii=False, indent=1) + "\n")
    if html is not None:
        _write_page(made, html)
    if not made.logging:
        sys.stderr.write(
            "Questions are not kept: BRIEFWIJZER_LOG_QUESTIONS is off."
            f"{' What was kept before is shown.' if made.questions else ' There is nothing to report. Set it to true; the privacy page then says so.'}\n"
        )
    if not as_json and html is None and made.questions:
        from rich.console import Console

        console = Console()
        print_report(made, console if console.is_terminal else Console(width=160))
    elif made.logging and not made.questions:
        sys.stderr.write(f"No questions were kept since {made.since[:10]}.\n")


def _report(settings: "Settings", since: str) -> "Report":
    from datetime import UTC, datetime

    from app.periods import since as beginning
    from app.records import Records
    from app.report import report as make

    now = datetime.now(UTC)
    start = beginning(since, now)
    records = Records(settings.state_folder)
    # Nothing is ever shown that should have been erased, even where no service has run since.
    records.purge(settings.question_retention_days, settings.feedback_retention_days)
    return make(
        records.questions(start),
        records.feedback(start),
        since=start,
        until=now.timestamp(),
        logging=settings.log_questions,
        names=_names(settings),
    )


def _names(settings: "Settings") -> frozenset[str]:
    """Return the terms of the speakers' names; none where there is no index to take them from."""
    from contextlib import closing

    from app.analysis import terms
    from app.errors import BriefwijzerError
    from app.index.catalogue import Catalogue
    from app.index.versions import CATALOGUE, IndexDirectory

    versions = IndexDirectory(settings.index_dir)
    try:
        with closing(Catalogue(versions.directory(versions.require_current()) / CATALOGUE)) as catalogue:
            speakers = catalogue.speakers()
    except BriefwijzerError:
        return frozenset()
    return frozenset(term for speaker in speakers for name in speaker.names for term in terms(name))


def _write_page(made: "Report", path: Path) -> None:
    from app.errors import StateError
    from app.pages import report_page
    from app.report import chart

    words = {"answered": "beantwoord", "partial": "deels", "not_found": "niet gevonden"}
    try:
        path.write_text(report_page(report=made, chart=chart(made.weeks, words)), encoding="utf-8")
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error}).") from error
    sys.stderr.write(f"{path}: {made.questions} questions, {len(made.topics)} topics.\n")


def print_report(made: "Report", console: "Console") -> None:
    """Print the weeks as a chart of bars, and the topics as a table."""
    from rich.table import Table
    from rich.text import Text

    counts = made.by_status
    console.print(
        f"{made.since[:10]} to {made.until[:10]}: {made.questions} questions, {counts['answered']} answered,"
        f" {counts['partial']} in part, {counts['not_found']} not found.",
        highlight=False,
    )
    weeks = Table("week of", "answered █  in part ▓  not found ░", "all", show_edge=False)
    most = max((week.total for week in made.weeks), default=0) or 1
    for week in made.weeks:
        weeks.add_row(week.monday, _bar((week.answered, week.partial, week.not_found), most), str(week.total))
    console.print(weeks)
    if not made.topics:
        console.print("Every question that was kept has been answered.")
        return
    table = Table("topic", "not found", "in part", "down", "for instance", show_edge=False)
    for row in made.topics[:_MOST_TOPICS]:
        # As text: what somebody typed is neither markup nor orders to a terminal.
        example = printable(row.example)
        table.add_row(
            Text(printable(row.topic)), str(row.not_found), str(row.partial), str(row.down),
            Text(example if len(example) <= _LONGEST_EXAMPLE else example[: _LONGEST_EXAMPLE - 1] + "…"),
        )  # fmt: skip
    console.print(table)
    if len(made.topics) > _MOST_TOPICS:
        console.print(f"and {len(made.topics) - _MOST_TOPICS} topics more: --json or --html shows all.")


def _bar(counts: tuple[int, int, int], most: int) -> str:
    """Return a bar of which each part is as long as its share, and no part that is there is lost."""
    return "".join(
        sign * max(1, round(count / most * _BAR_WIDTH)) for sign, count in zip("█▓░", counts, strict=True) if count
    )


def printable(text: str) -> str:
    """Return a text on one line without signs that steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)

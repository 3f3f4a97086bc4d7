"""The commands that look after the versions of an index: list, roll back, prune, repair."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import BriefwijzerError, NotFoundError

if TYPE_CHECKING:
    from app.index.versions import IndexDirectory
    from app.settings import Settings

versions_cli = typer.Typer(help="List the versions of the index; go back to an earlier one, remove old ones, repair.")
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another ingest that is writing.")]


def _settings(**given: object) -> "Settings":
    from app.settings import Settings

    return Settings.load(**given)


def _directory(settings: "Settings") -> "IndexDirectory":
    from app.index.versions import IndexDirectory

    return IndexDirectory(settings.index_dir, settings.chroma_server())


def _err(text: str) -> None:
    sys.stderr.write(text + "\n")


@versions_cli.callback(invoke_without_command=True)
def versions(context: typer.Context, index: IndexOption = None) -> None:
    """List the versions of the index."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console
    from rich.table import Table

    from app.index.listing import described

    directory = _directory(_settings(index_dir=index))
    directory.require_current()
    table = Table("version", "created", "documents", "passages", "size", "read by", "", show_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for version in described(directory):
        table.add_row(
            version.name, version.created_at, str(version.documents), str(version.passages), _size(version.bytes),
            ", ".join(str(pid) for pid in version.readers) or ("yes" if version.read else ""), version.remark,
        )  # fmt: skip
    console = Console()
    # Into a file or a pipe nothing is cut off.
    (console if console.is_terminal else Console(width=200)).print(table)


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count = round(count / 1000)
    return f"{count} TB"


@versions_cli.command()
def rollback(
    name: Annotated[str | None, typer.Argument(help="The version to go back to; by default the one before.")] = None,
    index: IndexOption = None,
    wait: WaitOption = 10,
) -> None:
    """Let an earlier version answer, until the next `briefwijzer ingest`. Nothing is read, embedded or removed."""
    from datetime import UTC, datetime

    from app.index.verifying import damaged_part

    directory = _directory(_settings(index_dir=index))
    with directory.writing(wait_s=wait):
        current = directory.require_current()
        wanted = _wanted(directory, current, name)
        if wanted == current:
            raise BriefwijzerError(f"Version {wanted} is the one that answers already.")
        damaged = damaged_part(directory.directory(wanted), chroma=directory.chroma)
        if damaged is not None:
            raise BriefwijzerError(f"Version {wanted} is damaged ({damaged}), so it stays aside. Choose another.")
        directory.point(wanted, held=datetime.now(UTC).isoformat(timespec="seconds"))
    _err(f"Version {wanted} answers now, instead of {current}. A running service follows within seconds.")
    _err("It stays until the corpus is taken up again by: briefwijzer ingest")


def _wanted(directory: "IndexDirectory", current: str, name: str | None) -> str:
    names = directory.names()
    if name is None:
        earlier = [each for each in names if each < current]
        if not earlier:
            raise BriefwijzerError(f"There is no version before {current}. See: briefwijzer versions")
        return earlier[-1]
    if name not in names:
        raise NotFoundError(f"There is no version {name!r}. There are: {', '.join(names)}.")
    return name


@versions_cli.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many of the newest stay.")] = 2,
    index: IndexOption = None,
    wait: WaitOption = 10,
) -> None:
    """Remove old versions. The current one and those that are being read stay."""
    from ingest.publishing import prune as prune_versions

    directory = _directory(_settings(index_dir=index))
    directory.require_current()
    with directory.writing(wait_s=wait):
        removed = prune_versions(directory, keep)
    for name in removed:
        _err(f"Removed {name}.")
    _err(f"{len(removed)} removed, {len(directory.names())} left.")


@versions_cli.command()
def repair(
    index: IndexOption = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="Folder with sources.toml. [BRIEFWIJZER_CORPUS_DIR, corpus]")
    ] = None,
    wait: WaitOption = 0,
) -> None:
    """Check the current version, and make anew what is damaged. A running service does this by itself."""
    from app.embedding import load_embedder
    from ingest.repairing import repair_index

    settings = _settings(index_dir=index, corpus_dir=corpus)
    name, damaged = repair_index(
        settings.corpus_dir,
        settings.index_dir,
        lambda: load_embedder(settings.embedding_model),
        wait_s=wait,
        chroma=settings.chroma_server(),
    )
    if damaged is None:
        _err(f"Version {name} is sound.")
    else:
        _err(f"Damaged: {damaged}. Version {name} was made instead.")

"""``briefwijzer keys``: make API keys, see them, and end them."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from app.access.keys import KeyStore
    from app.access.rules import Permission

keys_cli = typer.Typer(help="Make API keys, see them, and end them.", no_args_is_help=True)
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
]
_BY_DEFAULT = ("ask", "search", "read", "feedback")


def _store(index: Path | None) -> "KeyStore":
    from app.access.keys import KeyStore
    from app.settings import Settings

    return KeyStore.open(Settings.load(index_dir=index).keys_dir)


@keys_cli.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use it, such as intranet.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="What it may do: ask, search, read, feedback (these four by default), token, metrics. Name it again for more.",
        ),
    ] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="When it ends: 12h, 90d, 52w.")] = None,
    index: IndexOption = None,
) -> None:
    """Make a key. It is shown once, and kept as a digest alone."""
    from app.access.keys import period

    store = _store(index)
    try:
        lasts_s = period(expires) if expires else None
        key = store.add(name, cast("list[Permission]", list(scope or _BY_DEFAULT)), lasts_s)
    finally:
        store.close()
    sys.stdout.write(key + "\n")
    sys.stderr.write("Keep it now: it is not shown again. Send it as: Authorization: Bearer <key>\n")


@keys_cli.command("list")
def list_keys(index: IndexOption = None) -> None:
    """Show the keys, without their secrets."""
    import time

    from rich.console import Console
    from rich.table import Table

    store = _store(index)
    try:
        keys = store.listed()
    finally:
        store.close()
    table = Table("name", "state", "scopes", "made", "last used", "expires", "id", show_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for key in keys:
        table.add_row(
            key.name, key.state(time.time()), " ".join(sorted(key.scopes)),
            _moment(key.created), _moment(key.used), _moment(key.expires), key.id,
        )  # fmt: skip
    console = Console()
    # Into a file or a pipe nothing is cut off.
    (console if console.is_terminal else Console(width=200)).print(table)


@keys_cli.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name.")], index: IndexOption = None) -> None:
    """End a key at once, in every process, and the pages' tokens that were asked for with it."""
    store = _store(index)
    try:
        key = store.revoke(name)
    finally:
        store.close()
    sys.stderr.write(f"Key {name!r} ({key.id}) is revoked.\n")


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"

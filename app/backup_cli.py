"""``briefwijzer backup``: copies the index and what the service keeps, while it is served."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to: a folder that is empty or not there yet.")],
    index: Annotated[
        Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
    ] = None,
) -> None:
    """Copy the index with its snapshots, keys, questions and feedback; also while it is served and written to."""
    from app.backup import back_up
    from app.settings import Settings

    settings = Settings.load(index_dir=index)
    made = back_up(settings.index_dir, settings.keys_dir, settings.state_folder, folder)
    sys.stderr.write(
        f"{made.path}: version {made.version} and {made.versions - 1} earlier, {made.bytes / 1e6:.1f} MB.\n"
        f"Keep the corpus ({settings.corpus_dir}) and your settings beside it. It holds keys and what people asked, where that "
        "is kept.\nTo restore, stop the service, put the folder in the place of the index, and start.\n"
    )
    if settings.access_dir or settings.state_dir:
        sys.stderr.write(
            "access/ and state/ in it are what BRIEFWIJZER_ACCESS_DIR and BRIEFWIJZER_STATE_DIR name; put them there again.\n"
        )

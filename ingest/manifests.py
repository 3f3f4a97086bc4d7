"""Writes what a version is: its parts, what they were made from, and the digest of all that."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.index.versions import FORMAT, MANIFEST, manifest_digest


def write_manifest(directory: Path, **described: Any) -> None:
    """Write the manifest of the version in ``directory``, whole or not at all."""
    manifest = {
        "format": FORMAT,
        "version": directory.name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **described,
    }
    manifest["digest"] = manifest_digest(manifest)
    scratch = directory / (MANIFEST + ".part")
    scratch.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(directory / MANIFEST)

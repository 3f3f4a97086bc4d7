"""What there is to say of each version: for the command line, without opening any."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from app.errors import DamagedIndexError
from app.index.versions import IndexDirectory, reader_lock

_LOCKS = Path("/proc/locks")


@dataclass(frozen=True, slots=True)
class Described:
    """One version. ``readers`` are the processes that hold its lock, as far as the system tells; ``bytes`` on disk."""

    name: str
    created_at: str
    documents: int
    passages: int
    bytes: int
    read: bool
    readers: tuple[int, ...]
    remark: str


def described(versions: IndexDirectory) -> list[Described]:
    """Return what there is to say of each version, oldest first."""
    current, held = versions.current(), versions.held_since()
    holders = _holders()
    found = []
    for name in versions.names():
        directory = versions.directory(name)
        remarks = []
        created_at, counts = "", {"documents": 0, "passages": 0}
        try:
            manifest = versions.manifest(name)
            created_at, counts = manifest.get("created_at", ""), manifest["counts"]
        except DamagedIndexError:
            remarks.append("damaged: manifest")
        if name == current:
            remarks.append(f"current, held since {held}" if held else "current")
        if (damaged := versions.damage(name)) is not None:
            remarks.append(f"damaged: {damaged}")
        readers = _readers(directory, holders)
        read = bool(readers) if readers is not None else name == current or _is_read(directory)
        size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        found.append(
            Described(
                name, created_at, counts["documents"], counts["passages"], size, read, readers or (), ", ".join(remarks)
            )
        )
    return found


def _holders() -> dict[int, set[int]] | None:
    """Return the processes that hold a lock on each inode, or None where the system does not tell."""
    found: dict[int, set[int]] = defaultdict(set)
    try:
        for line in _LOCKS.read_text(encoding="ascii").splitlines():
            # 1: FLOCK  ADVISORY  READ 4711 fe:00:123456 0 EOF
            fields = line.split()
            if len(fields) >= 6 and fields[1] == "FLOCK":
                found[int(fields[5].rsplit(":", 1)[1])].add(int(fields[4]))
    except (OSError, ValueError, IndexError):
        return None
    return found


def _readers(directory: Path, holders: dict[int, set[int]] | None) -> tuple[int, ...] | None:
    if holders is None:
        return None
    try:
        return tuple(sorted(holders.get(os.stat(directory / "reader.lock").st_ino, ())))  # noqa: PTH116
    except OSError:
        return ()


def _is_read(directory: Path) -> bool:
    with reader_lock(directory, exclusive=True) as alone:
        return not alone

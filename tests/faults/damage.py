"""Each kind of damage to each file of a version, its pointer and its manifest."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.index.verifying import damaged_part
from app.index.versions import IndexDirectory
from ingest.repairing import repair_index
from tests.conftest import StemEmbedder
from tests.faults.corpora import Found, ask, write_corpus
from tests.faults.processes import SUCCESS, ask_apart, run_ingest

KINDS = ("missing", "emptied", "truncated", "flipped")
BEFORE, NOW = 0, 1


@dataclass
class Damages:
    """What was done and what came of it."""

    cases: int = 0
    harmless: int = 0
    ended_a_reader: int = 0
    answered_meanwhile: int = 0
    embedded_for_derived: int = 0
    wrong: list[str] = field(default_factory=list)


def make_sound(folder: Path) -> tuple[Path, Path]:
    """Make an index of two versions; return the corpus and the index. Cases work on copies."""
    corpus, index = folder / "corpus", folder / "sound"
    for state in (BEFORE, NOW):
        assert run_ingest(write_corpus(corpus, state), index) == SUCCESS
    return corpus, index


def files(index: Path) -> Iterator[str]:
    """Yield the files of the published version, and the pointer, as paths inside the index."""
    version = IndexDirectory(index).directory(IndexDirectory(index).require_current())
    yield "current"
    for path in sorted(version.rglob("*")):
        if (
            path.is_file()
            and path.name != "reader.lock"
            and not path.name.startswith("opening.")
            and ".lock" not in path.name
        ):
            yield path.relative_to(index).as_posix()


def damage(path: Path, kind: str, chance: random.Random) -> None:
    """Damage one file."""
    data = bytearray(path.read_bytes())
    if kind == "missing":
        path.unlink()
        return
    if kind == "emptied":
        data.clear()
    elif kind == "truncated":
        del data[len(data) // 2 :]
    else:
        for place in chance.sample(range(len(data)), min(len(data), 64)):
            data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def try_damage(corpus: Path, sound: Path, name: str, kind: str, done: Damages, seed: int = 0) -> None:
    """Damage one file of a copy; a new reader must answer meanwhile, a repair must bring the published answers back."""
    index = sound.with_name("damaged")
    shutil.rmtree(index, ignore_errors=True)
    shutil.copytree(sound, index)
    case = f"{kind} {_short(name)}"
    write_corpus(corpus, NOW)
    damage(index / name, kind, random.Random(f"{seed} {case}"))
    done.cases += 1
    # What a server does that starts, or that reads a version which a check has found damaged.
    states = range(BEFORE, NOW + 1)
    found = ask_apart(index, states)
    if isinstance(found, int):
        done.ended_a_reader += 1
        found = ask_apart(index, states)
    if isinstance(found, Found) and found.wrong is None:
        done.answered_meanwhile += 1
    else:
        done.wrong.append(f"{case}: meanwhile {found.wrong if isinstance(found, Found) else f'signal {found}'}")
    embedder = StemEmbedder()
    _, damaged = repair_index(corpus, index, lambda: embedder)
    done.harmless += damaged is None
    if damaged not in (None, "catalogue"):
        done.embedded_for_derived += embedder.texts
    after = ask(index, range(NOW, NOW + 1), StemEmbedder())
    if after.wrong is not None:
        done.wrong.append(f"{case}: after the repair of {damaged}: {after.wrong}")
    versions = IndexDirectory(index)
    if (left := damaged_part(versions.directory(versions.require_current()))) is not None:
        done.wrong.append(f"{case}: after the repair of {damaged}, {left} is damaged")


def _short(name: str) -> str:
    parts = name.split("/")[2:] or [name]
    # Chroma's and tantivy's own names are random; what counts is the kind of file.
    return "/".join(part if "." in part and len(part) < 30 else f"*{Path(part).suffix}" for part in parts)

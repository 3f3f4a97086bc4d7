"""How fast large files are read, and in how much memory: ``make bench-reading``.

Makes its own files in a temporary folder: a report of 130 pages, a PDF of 1,000 pages, one page of a million strokes, a
web page of 2,000,000 elements, and 200 MB of JSON lines. Prints pages per second of processor time and the peak of memory.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from app.errors import DocumentError
from ingest.parsing.apart import ReadingProcess
from ingest.parsing.jsonl import read_records
from tests.parsing.test_pdf import LEFT, RIGHT, paragraph, pdf


def report(pages: int) -> bytes:
    """Return a report of so many pages, with a running header, a heading, three paragraphs and a page number each."""
    return pdf(
        *(
            [
                (70, 40, 8, "Instituut | Rapport over opvang"),
                (70, 80, 13, f"Paragraaf {number}", 1),
                *paragraph(f"Bladzijde {number}. {LEFT}{RIGHT}", 70, 110),
                *paragraph(f"{RIGHT}{LEFT}", 70, 330),
                *paragraph(f"{LEFT}{RIGHT}", 70, 550),
                (290, 810, 8, str(number)),
            ]
            for number in range(1, pages + 1)
        )
    )


def strokes(count: int) -> bytes:
    """Return a page that is drawn by so many strokes, with one line of text."""
    drawn = b"\n".join(b"%d %d 1 1 re f" % (number % 600, number // 600) for number in range(count))
    return pdf([drawn, (70, 100, 10, "De kaart toont de plekken voor opvang.")])


def apart(name: str, data: bytes) -> None:
    """Read one file in a process of its own and print what it cost."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with ReadingProcess() as reader:
        try:
            parsed = reader.parse(data, name)
            said = f"{parsed.words} words, {max(block.page or 1 for block in parsed.blocks)} pages"
        except DocumentError as error:
            said = str(error)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(f"{name} ({len(data) / 1e6:.1f} MB): {said}; {time.perf_counter() - began:.1f} s, {processor:.1f} s of processor time, "
          f"largest child so far {after.ru_maxrss // 1024} MB", flush=True)  # fmt: skip


def lines(megabytes: int) -> None:
    """Read so many megabytes of JSON lines and print the peak of this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "groot.jsonl"
        with path.open("w", encoding="utf-8") as file:
            number = 0
            while file.tell() < megabytes * 1_000_000:
                for _ in range(200):
                    file.write(json.dumps({"id": str(number), "text": f"Record {number}. {LEFT}\n\n{RIGHT}"}) + "\n")
                    number += 1
        began = time.perf_counter()
        words = sum(record.parsed.words for record in read_records(path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{megabytes} MB of JSON lines: {number} records, {words} words, {time.perf_counter() - began:.1f} s, peak {peak} MB"
    )


def main() -> None:
    """Run what is asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", choices=["lines", "report", "large", "hostile"], default=None)
    only = options.parse_args().only
    if only in (None, "lines"):
        lines(200)
    if only in (None, "report"):
        apart("rapport.pdf", report(130))
    if only in (None, "large"):
        apart("groot.pdf", report(1_000))
    if only in (None, "hostile"):
        apart("kaart.pdf", strokes(1_000_000))
        apart("pagina.html", b"<html><body>" + b"<p>x</p>" * 2_000_000)
        apart("diep.html", b"<div>" * 1_000_000)


if __name__ == "__main__":
    sys.exit(main())

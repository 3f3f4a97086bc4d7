"""The process in which files are read; see ``ingest.parsing.apart``. Run as ``python -m ingest.parsing.worker BYTES``.

On standard input: a line of JSON about each file, then its bytes. On standard output: an empty line for each page that is
done, then a line of JSON with what was read. BYTES bounds its address space.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from typing import BinaryIO

from app.errors import DocumentError
from ingest.parsing import parse
from ingest.parsing.apart import as_json
from ingest.parsing.html import NoContentError, read_page


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Read files until there are no more."""

    def tick() -> None:
        answers.write(b"\n")
        answers.flush()

    while line := jobs.readline():
        job = json.loads(line)
        data = jobs.read(job["size"])
        try:
            if "url" in job:
                parsed = read_page(data, job["name"], job["url"], job["content_type"])
            else:
                parsed = parse(data, job["name"], headings=tuple(job["headings"]), marks=tuple(job["marks"]), tick=tick)
            answer = as_json(parsed)
        except DocumentError as error:
            answer = {"error": str(error), "no_content": isinstance(error, NoContentError)}
        except (MemoryError, RecursionError) as error:
            answer = {
                "error": f"{job['name']}: reading it takes too much memory; it is not read. Save it anew or split it ({type(error).__name__}).",
                "no_content": False,
            }
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def main() -> None:
    """Serve on standard input and output."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # What a library prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()

"""All benchmarks, one after the other: ``python -m tests.benchmarks [--folder FOLDER]``."""

import subprocess
import sys

for name in ("search", "ask", "ingest", "load"):
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", *sys.argv[1:]], check=True)

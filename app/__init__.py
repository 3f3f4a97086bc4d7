"""Briefwijzer: question in, cited answer out."""

import os

# OpenBLAS reads this once, when numpy is imported. Its threads spin while they wait for each other: on products as small as a
# question's they cost four times what they gain, and requests that come together fight over the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"

"""Briefwijzer: question in, cited answer out."""

__version__ = "0.1.0"

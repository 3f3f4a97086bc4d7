"""Briefwijzer: question in, cited answer out."""

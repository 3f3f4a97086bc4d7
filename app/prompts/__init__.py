"""Prompts are text files under review. ``{{ names }}`` in them are filled in; everything else is sent as it stands."""

from importlib import resources


def prompt(name: str) -> str:
    """Return the text of a prompt file."""
    return (resources.files("app.prompts") / f"{name}.txt").read_text(encoding="utf-8")

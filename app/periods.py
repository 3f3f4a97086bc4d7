"""Periods as people type them: "30d", "12w", or the day since when."""

import re
from datetime import UTC, date, datetime, timedelta

from app.errors import SettingsError

_SPAN = re.compile(r"([0-9]{1,4})([dw])")
_DAYS = {"d": 1, "w": 7}


def since(text: str, now: datetime) -> float:
    """Return the beginning of a period, in seconds since 1970. Raises SettingsError for what is no period."""
    if span := _SPAN.fullmatch(text.strip()):
        return (now - timedelta(days=int(span[1]) * _DAYS[span[2]])).timestamp()
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(
            f"--since {text!r} is no period. Use days (30d), weeks (12w) or a day (2026-01-31)."
        ) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()

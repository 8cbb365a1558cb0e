"""Sensitive fields that identify a customer. Pure: no clock, no tables."""

from heed_common.text import normalize_for_comparison

IDENTIFYING = frozenset({("basics", "id_number")})
"""Group and field: found by a blind index, and verified by clerks."""


def index_text(field: str, value: str) -> str:
    """Return the text whose blind index finds the value: blanks, hyphens, case and width make no difference."""
    normal = normalize_for_comparison(value).upper()
    return f"{field}:{''.join(character for character in normal if character.isalnum())}"

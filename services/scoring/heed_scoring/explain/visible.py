"""The type of scores that may be shown. Made by `scores.confidentiality` only."""

from typing import Any, NewType

Visible = NewType("Visible", dict[str, Any])
"""A score that its reader may see. Only these are translated to text, so that no response can skip the check."""
OTHER = "other"
"""Code of a factor or cause that the reader may not see."""

"""The answers, as they come in."""

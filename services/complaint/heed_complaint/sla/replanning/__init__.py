"""Replanning of open complaints after a change of terms."""

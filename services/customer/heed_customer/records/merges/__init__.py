"""Merges of duplicate customers, and their undoing."""

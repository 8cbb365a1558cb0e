"""Duplicate search: which complaints may be the same."""

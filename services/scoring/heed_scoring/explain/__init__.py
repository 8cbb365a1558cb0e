"""Scores in English and Chinese."""

"""Explanations of scores in English and Chinese."""

"""Taxonomies: the terms that describe complaints, in English and Chinese."""

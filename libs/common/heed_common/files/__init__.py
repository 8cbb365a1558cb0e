"""Uploaded files: encodings, lines and cells. Pure."""

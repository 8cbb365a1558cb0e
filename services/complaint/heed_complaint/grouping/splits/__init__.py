"""Splits: a part of a complaint becomes a complaint of its own."""

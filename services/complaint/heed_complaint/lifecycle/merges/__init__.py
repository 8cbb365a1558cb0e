"""Merges: a duplicate is handled with the complaint that survives, until the merge is undone."""

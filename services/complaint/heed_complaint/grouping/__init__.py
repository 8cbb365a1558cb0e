"""Grouping of complaints: repeats, duplicates, merges, splits and incidents."""

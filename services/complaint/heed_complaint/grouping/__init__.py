"""Grouping of complaints: duplicate search, splits and incidents."""

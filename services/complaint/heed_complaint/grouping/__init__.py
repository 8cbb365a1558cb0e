"""Complaints that belong together: repeated ones, duplicates, parts, and many about one fault."""

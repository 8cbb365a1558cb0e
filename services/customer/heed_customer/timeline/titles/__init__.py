"""Titles of the timeline's entries in English and Chinese. Pure: built from codes when they are read."""

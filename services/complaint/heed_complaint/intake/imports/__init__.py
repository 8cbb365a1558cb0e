"""Imports of complaints with their history."""

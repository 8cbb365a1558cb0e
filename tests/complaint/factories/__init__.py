"""Factories of the complaint tests."""

"""Plots of results, each with its finding as title."""

"""Plots of results: estimates with their intervals, and the importance–performance matrix."""

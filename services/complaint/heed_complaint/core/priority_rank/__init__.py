"""Rank of each complaint in the queue: a read model of complaint, deadline and forecast."""

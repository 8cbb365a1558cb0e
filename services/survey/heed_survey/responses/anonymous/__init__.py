"""Responses to anonymous surveys: collected in a pool, released in random groups."""

"""Complaints of the past are stored with everything that had happened to them."""

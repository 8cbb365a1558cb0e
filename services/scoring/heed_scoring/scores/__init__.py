"""A customer's scores: stored, published, refreshed and read."""

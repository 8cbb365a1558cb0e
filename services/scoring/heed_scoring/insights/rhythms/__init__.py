"""Broken rhythms: customers who have stopped buying, of one category or altogether."""

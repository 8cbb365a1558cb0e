"""The service catalogue: how risky, hard and long the handling of a category is."""

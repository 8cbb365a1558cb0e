"""The same customer, the same product, again."""

"""The history of the shape of scoring's tables."""

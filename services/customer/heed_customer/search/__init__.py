"""Finding customers."""

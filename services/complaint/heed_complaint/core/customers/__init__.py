"""Read model of customers."""

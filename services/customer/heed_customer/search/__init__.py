"""Finding customers: the list with filters and sorting, and the look-up of a caller."""

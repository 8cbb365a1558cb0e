"""Search: lists of customers with filters and sorting, and the look-up of a caller."""

"""What was promised to a customer, by when, and whether it was kept."""

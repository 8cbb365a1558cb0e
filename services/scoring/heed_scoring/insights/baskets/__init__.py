"""What is bought together, more often than chance would have it."""

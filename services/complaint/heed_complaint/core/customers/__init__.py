"""What other services tell of the customers, as far as a desk needs it."""

"""Read model of customer merges: complaints of merged customers count for all of them."""

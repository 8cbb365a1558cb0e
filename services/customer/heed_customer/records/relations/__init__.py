"""Relations between customers: parents and branches, contact persons, households, intermediaries."""

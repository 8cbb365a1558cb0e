"""Reports on all customers together, as JSON and as pictures."""

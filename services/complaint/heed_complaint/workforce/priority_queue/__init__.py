"""Which complaint to take next, because it saves most."""

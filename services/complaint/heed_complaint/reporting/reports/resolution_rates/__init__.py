"""How well complaints were resolved: at the first contact, for good, as promised."""

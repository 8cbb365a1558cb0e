"""How long it takes to contact and to resolve."""

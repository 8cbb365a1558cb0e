"""How often the clocks were met."""

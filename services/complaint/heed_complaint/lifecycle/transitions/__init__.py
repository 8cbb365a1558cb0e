"""How a complaint moves on: the five Cs, the pauses, the ends and the reopening."""

"""Features: the input of all formulas, from the facts of a customer on one day."""

"""What the formulas see of a customer's facts on one day."""

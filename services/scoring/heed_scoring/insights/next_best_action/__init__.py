"""The next best thing to do for a customer, with the rule that chose it."""

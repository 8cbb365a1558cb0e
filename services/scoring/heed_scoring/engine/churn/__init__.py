"""How likely a customer is to leave, and why."""

"""How loyal a customer is."""

"""How an operator says what makes a customer loyal, and from where on."""

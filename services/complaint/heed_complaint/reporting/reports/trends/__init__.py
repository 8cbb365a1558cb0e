"""How many complaints came when, and which of the numbers are out of the ordinary."""

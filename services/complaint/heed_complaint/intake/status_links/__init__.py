"""How a complaint stands, for who holds its private link."""

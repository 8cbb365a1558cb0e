"""How customers are reached, and what they allow."""

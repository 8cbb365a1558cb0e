"""How many complaints are open, and how many of them are late: for monitoring."""

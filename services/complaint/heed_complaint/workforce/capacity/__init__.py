"""What lies on the desk, how fast it goes away, and what a customer has to expect."""

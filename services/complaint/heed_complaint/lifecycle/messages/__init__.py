"""What is written about a complaint: notes for the desk, and what the customer may read."""

"""What was given to customers, and what it cost."""

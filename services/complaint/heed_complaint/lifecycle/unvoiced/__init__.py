"""What people are unhappy about without saying so to us."""

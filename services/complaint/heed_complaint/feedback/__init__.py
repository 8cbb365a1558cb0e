"""What customers say after the resolution."""

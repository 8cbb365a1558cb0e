"""What customers brought back."""

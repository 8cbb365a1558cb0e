"""What customers get for their trouble, within limits, or when a second person has agreed."""

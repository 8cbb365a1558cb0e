"""What a report contains: computed from the responses at once, and stored as one document."""

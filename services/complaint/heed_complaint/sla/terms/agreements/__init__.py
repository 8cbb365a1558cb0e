"""What was signed with a customer or a segment; it comes before all policies."""

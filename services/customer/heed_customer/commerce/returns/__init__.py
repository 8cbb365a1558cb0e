"""Returns of purchases."""

"""What was promised and quoted to customers, and what they need."""

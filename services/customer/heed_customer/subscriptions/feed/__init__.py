"""What a subscription selects, and where it is in the topics."""

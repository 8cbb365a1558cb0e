"""What is accepted, declined or referred as soon as it comes in: operators' rules."""

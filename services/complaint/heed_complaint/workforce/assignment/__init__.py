"""Who takes charge of a complaint: agents, their skills and presence, queues, and why it was given to whom."""

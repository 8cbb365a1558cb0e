"""Messages to customers: queued in the transaction that decides to write, and sent at least once."""

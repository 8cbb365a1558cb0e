"""Messages of customers about their complaints: they end a pause, reopen, escalate, or open a follow-up."""

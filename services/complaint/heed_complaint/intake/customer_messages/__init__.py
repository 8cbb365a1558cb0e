"""Messages of customers after the opening: they end a wait, reopen, or open a follow-up."""

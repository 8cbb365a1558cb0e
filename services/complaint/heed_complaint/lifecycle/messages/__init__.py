"""Messages on a complaint: internal notes, and messages between agents and the customer."""

"""How customers are reached, and what they allow: contacts, consents, permits, the contact log, preferences."""

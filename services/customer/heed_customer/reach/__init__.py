"""How customers may be reached: consents, permits before every contact, the contact log, preference pages."""

"""Report on resolution rates: at the first contact, without reopening, as promised."""

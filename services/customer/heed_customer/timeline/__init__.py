"""Timeline: everything that happened with a customer, from the events of all services."""

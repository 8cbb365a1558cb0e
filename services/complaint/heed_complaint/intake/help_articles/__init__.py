"""Self-help, shown to people before they complain."""

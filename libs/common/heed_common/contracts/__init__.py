"""Event contracts; each file belongs to the service that publishes its events."""

"""What the services tell each other; every file belongs to the service that publishes its events."""

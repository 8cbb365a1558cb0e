"""Pages and streams of events."""

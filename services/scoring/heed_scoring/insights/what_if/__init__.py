"""What would become of a score if something happened that has not happened."""

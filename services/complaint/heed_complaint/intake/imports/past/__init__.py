"""What had happened to a complaint before it was imported. Pure."""

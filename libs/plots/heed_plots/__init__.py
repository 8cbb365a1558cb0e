"""Shared plotting style of all services: canvas, colours, a Chinese font, and readable numbers."""

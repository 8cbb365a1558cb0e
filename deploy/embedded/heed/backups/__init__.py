"""Backup and restore of the whole embedded product, or of one service on any PostgreSQL and broker."""

"""Heed in one process: services, database and broker."""
